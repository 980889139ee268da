// Runs a container and follows its log to the end, whatever happens to the connection in between.
//
//   CAISSON_PASSWORD=… npx tsx examples/fetch/follow.ts busybox sh -c 'for i in 1 2 3; do echo $i; sleep 1; done'
import { account, CaissonError, lines, signIn, type Caisson, type LogEvent } from './client.js'

type Ref = { host: string, id: string }

const [image = 'busybox', ...command] = process.argv.slice(2)
const host = process.env.CAISSON_HOST ?? 'local'
const caisson = await signIn(account())
const { data: run } = await caisson.POST('/api/v1/hosts/{host}/containers/run', {
  params: { path: { host } },
  body: { image, ...(command.length > 0 ? { command } : {}) }
})
const container = { host, id: run!.id }
try {
  process.exitCode = await follow(caisson, container)
} finally {
  await caisson.DELETE('/api/v1/hosts/{host}/containers/{id}', { params: { path: container, query: { force: true } } })
}

/** Its exit code. A stream without an `end` was cut: it is taken up again behind the last line that came. */
async function follow (caisson: Caisson, path: Ref): Promise<number> {
  for (let after: string | undefined; ;) {
    for await (const event of await open(caisson, path, after)) {
      if (event.type === 'error') throw new CaissonError(event.problem)
      if (event.type === 'end') return event.exitCode ?? 0
      if (event.type !== 'log') continue
      process[event.stream].write(`${event.text}\n`)
      after = event.cursor
    }
  }
}

async function open (caisson: Caisson, path: Ref, after: string | undefined) {
  const { data } = await caisson.GET('/api/v1/hosts/{host}/containers/{id}/logs', {
    params: { path, query: { follow: true, after } },
    parseAs: 'stream'
  })
  return lines<LogEvent>(data!)
}
