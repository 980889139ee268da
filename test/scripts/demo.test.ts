import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ask, hasImage, removeContainer } from '../../scripts/lib/api.mjs'
import { root } from '../../scripts/lib/setup.mjs'
import { privateEngine } from '../support/engines.js'

const built = existsSync(join(root, 'dist/server.js'))

function demo (dockerHost: string) {
  const env = { ...process.env, DOCKER_HOST: dockerHost, CAISSON_LISTEN: undefined }
  const child = spawn(process.execPath, [join(root, 'scripts/demo.mjs'), '--no-build'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const run = { child, text: '', ended: once(child, 'close') }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { run.text += chunk })
  return run
}

t.test('the demo does its tour, serves until Ctrl-C and takes nothing with it but its own', { skip: built ? false : 'not built' }, async t => {
  const engine = await privateEngine(t)
  const { Id: theirs } = await ask(engine, 'POST', '/containers/create?name=theirs', { json: { Image: engine.image, Cmd: ['true'] } })

  const run = demo(engine.url)
  await Promise.race([run.ended, new Promise<void>(resolve => run.child.stdout.on('data', () => { if (run.text.includes('In a browser')) resolve() }))])
  t.match(run.text, /1\. sign in[^]*2\. run a container[^]*3\. list containers[^]*4\. follow[^]*line 3 from inside[^]*5\. read the journal[^]*admin +container\.run/)
  t.equal((await ask(engine, 'GET', '/containers/json')).length, 1, 'its container runs')
  const address = /serving at (\S+)/.exec(run.text)?.[1] ?? ''
  t.equal((await fetch(`${address}/healthz`)).status, 200, 'it serves')

  run.child.kill('SIGINT')
  const [code] = await run.ended
  t.equal(code, 0, run.text)
  t.same((await ask(engine, 'GET', '/containers/json?all=true')).map((one: { Id: string }) => one.Id), [theirs])
  t.notOk(await hasImage(engine, 'caisson-demo/busybox:latest'), 'its image is gone')
  t.ok(await hasImage(engine, engine.image), 'theirs is not')
  await removeContainer(engine, theirs)
})

t.test('an engine that the demo cannot talk to is one line', async t => {
  const run = demo('ssh://somewhere')
  const [code] = await run.ended
  t.equal(code, 1)
  t.match(run.text.trim().split('\n').at(-1), /DOCKER_HOST is ssh:\/\/somewhere/)
})
