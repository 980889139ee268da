// A CI job: sends what git keeps of a folder, and its `.dockerignore` does not leave out, into a container, runs its tests there,
// shows their output, brings the report back, and exits as they did. Whatever becomes of the job itself, the container is gone when its time to live is over.
//
//   CAISSON_TOKEN=cai_… npx tsx examples/ci/run-tests.ts --image node:22 --report report.tap . -- node --test
//
// CI_JOB_ID, or what your CI calls it, makes a job that is tried again find the container of its first try.
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import dockerignore from '@balena/dockerignore'
import { account, CaissonError, lines, signIn, type LogEvent, type Problem } from '../fetch/client.js'

const WORK = '/work'
const TTL_SECONDS = 900

const { values, positionals: [folder = '.', ...command] } = parseArgs({
  allowPositionals: true,
  options: { image: { type: 'string', default: 'busybox' }, report: { type: 'string' } }
})
const host = process.env.CAISSON_HOST ?? 'local'
const where = account()
const caisson = await signIn(where)

const { data: created } = await caisson.POST('/api/v1/hosts/{host}/containers', {
  params: { path: { host }, header: { 'Idempotency-Key': `${process.env.CI_JOB_ID ?? randomUUID()}-create` } },
  body: { image: values.image, command, workingDir: WORK, ttlSeconds: TTL_SECONDS }
})
const path = { host, id: created!.id }
try {
  await send(folder)
  await caisson.POST('/api/v1/hosts/{host}/containers/{id}/start', { params: { path } })
  process.exitCode = await output()
  if (values.report !== undefined) await fetchReport(values.report)
} finally {
  await caisson.DELETE('/api/v1/hosts/{host}/containers/{id}', { params: { path, query: { force: true, volumes: true } } })
}

/** The folder as a plain tar, as it is read: nothing of it is kept in memory. The types of a document know no stream to send, a link does. */
async function send (folder: string): Promise<void> {
  const { data: link } = await caisson.POST('/api/v1/tickets', { body: { operation: 'container.copyIn', input: { ...path, path: WORK } } })
  const tar = spawn('tar', ['-c', '-C', folder, '--null', '-T', '-'], { stdio: ['pipe', 'pipe', 'inherit'] })
  tar.stdin.end(filesIn(folder).join('\0'))
  const ended = once(tar, 'close')
  const { url, method } = link!
  const response = await fetch(where.url + url, { method, headers: { 'content-type': 'application/x-tar' }, body: Readable.toWeb(tar.stdout), duplex: 'half' })
  if (!response.ok) throw new CaissonError(await response.json() as Problem)
  await succeeded('tar', ended)
}

/** Without what a `.dockerignore` leaves out, as `docker build` reads it: nobody behind this reads that file. */
function filesIn (folder: string): string[] {
  const rules = join(folder, '.dockerignore')
  if (!existsSync(rules)) return keptIn(folder)
  const files = keptIn(folder).flatMap(file => file === '.' ? everyFileIn(folder) : [file])
  return dockerignore.default({ ignorecase: false }).add(readFileSync(rules, 'utf8')).filter(files)
}

function everyFileIn (folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => !entry.isDirectory())
  return entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
}

/** What git keeps, or would: no ignored files, among which are data and keys. Of a folder that git does not know, all. */
function keptIn (folder: string): string[] {
  const { status, stdout } = spawnSync('git', ['-C', folder, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  return status === 0 ? stdout.split('\0').filter(file => file !== '' && existsSync(join(folder, file))) : ['.']
}

/** Everything that the tests write, as they write it; then what they exited with. */
async function output (): Promise<number> {
  const { data } = await caisson.GET('/api/v1/hosts/{host}/containers/{id}/logs', { params: { path, query: { follow: true } }, parseAs: 'stream' })
  for await (const event of lines<LogEvent>(data!)) {
    if (event.type === 'log') process[event.stream].write(`${event.text}\n`)
    if (event.type === 'error') throw new CaissonError(event.problem)
    if (event.type === 'end') return event.exitCode ?? 1
  }
  throw new Error('The log was cut: fetch/follow.ts shows how to take it up again.')
}

async function fetchReport (name: string): Promise<void> {
  const { data } = await caisson.GET('/api/v1/hosts/{host}/containers/{id}/files', { params: { path, query: { path: `${WORK}/${name}` } }, parseAs: 'stream' })
  const tar = spawn('tar', ['-x'], { stdio: ['pipe', 'inherit', 'inherit'] })
  const ended = once(tar, 'close')
  Readable.fromWeb(data!).pipe(tar.stdin)
  await succeeded('tar', ended)
}

async function succeeded (program: string, ended: Promise<unknown[]>): Promise<void> {
  const [code] = await ended
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
}
