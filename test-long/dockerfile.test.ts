import { execFileSync } from 'node:child_process'
import t from 'tap'
import { ask, call } from '../scripts/lib/api.mjs'
import { until } from '../scripts/lib/processes.mjs'
import { root } from '../scripts/lib/setup.mjs'
import { importNodeImage } from '../test/support/base-image.js'
import { privateEngine } from '../test/support/engines.js'

t.setTimeout(900_000)

t.test('the Dockerfile makes an image that is healthy and not root', async t => {
  const engine = await privateEngine(t)
  await importNodeImage(engine, 'caisson-test/node:latest')

  const context = execFileSync('tar', ['-C', root, '-cf', '-', 'Dockerfile', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'src', 'scripts', 'examples/terminal'], { maxBuffer: 2 ** 30 })
  const query = new URLSearchParams({ t: 'caisson', buildargs: JSON.stringify({ NODE_IMAGE: 'caisson-test/node:latest' }) })
  const { text } = await call(engine, 'POST', `/build?${query}`, { body: context, type: 'application/x-tar', timeoutMs: 600_000 })
  const output = text.split('\n').flatMap(line => line.trim() === '' ? [] : JSON.parse(line)).map(line => line.stream ?? line.error ?? '').join('')
  if (!t.ok(output.includes('Successfully tagged caisson:latest'), 'the image is built', { output: output.slice(-5000) })) return

  const { Config: config } = await ask(engine, 'GET', '/images/caisson/json')
  t.equal(config.User, '10001:10001')
  t.same(Object.keys(config.Volumes), ['/data'])

  // As compose.yaml runs it: a read-only file system, no capabilities.
  const { Id: id } = await ask(engine, 'POST', '/containers/create', {
    json: { Image: 'caisson', Tty: true, Env: ['CAISSON_EXAMPLES=on'], HostConfig: { ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], Tmpfs: { '/tmp': '' } } }
  })
  await ask(engine, 'POST', `/containers/${id}/start`)
  const state = async () => (await ask(engine, 'GET', `/containers/${id}/json`)).State
  await until(async () => ['healthy', 'unhealthy'].includes((await state()).Health?.Status) || !(await state()).Running, 60_000)
  const { text: log } = await call(engine, 'GET', `/containers/${id}/logs?stdout=1&stderr=1&tail=30`)
  if (!t.equal((await state()).Health?.Status, 'healthy', 'it is healthy', { state: await state(), log })) return

  const look = "fetch('http://127.0.0.1:8080/examples/xterm.mjs').then(async r => console.log(r.status, (await r.text()).length > 10000))"
  const { Id: exec } = await ask(engine, 'POST', `/containers/${id}/exec`, { json: { Cmd: ['node', '-e', look], Tty: true, AttachStdout: true } })
  t.match((await call(engine, 'POST', `/exec/${exec}/start`, { body: Buffer.from('{"Detach": false, "Tty": true}'), type: 'application/json' })).text, '200 true', 'the example page is in it')

  const { Titles: titles, Processes: [first] } = await ask(engine, 'GET', `/containers/${id}/top?ps_args=-eo%20uid,pid,args`)
  t.equal(first[titles.indexOf('UID')], '10001')
  await ask(engine, 'POST', `/containers/${id}/stop?t=20`)
  t.equal((await state()).ExitCode, 0, 'it ends by itself when told to')
})
