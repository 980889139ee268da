import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { importTar } from '../../scripts/lib/image.mjs'
import { shellFiles } from '../../scripts/lib/shell.mjs'
import { tar } from '../../scripts/lib/tar.mjs'
import { here } from '../support/differences.js'
import type { Answer } from '../support/client.js'
import { engines, image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const gateway = await startGateway(t)
const { admin, spies } = gateway
const MEBIBYTE = 1024 * 1024
let made = 0

interface Test { teardown (undo: () => Promise<unknown>): unknown }

async function run (t: Test, spec: object = {}): Promise<string> {
  const { status, body, text } = await admin.post('/hosts/local/containers/run', { image, name: `exec-${process.pid}-${made++}`, command: ['sleep', '600'], ...spec })
  if (status !== 201) throw new Error(text)
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${body.id}?force=true`))
  return body.id as string
}

const exec = async (id: string, command: string | string[], rest: object = {}): Promise<Answer> =>
  await admin.post(`/hosts/local/containers/${id}/exec`, { command: typeof command === 'string' ? ['sh', '-c', command] : command, ...rest })

/** The commands that run in a container. */
async function commands (id: string): Promise<string[]> {
  const { body } = await admin.get(`/hosts/local/containers/${id}/top?psArgs=-o%20pid,args`)
  return body.processes.map((row: string[]) => row[1])
}

async function until (holds: () => Promise<boolean>, milliseconds = 5000): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(50)) {
    if (await holds()) return true
  }
  return false
}

const shared = await run(t)

t.test('exit code and both outputs, alike from GraphQL', async t => {
  const { status, body } = await exec(shared, 'echo out; echo err >&2; exit 7')
  t.equal(status, 200)
  t.match(body, { execId: /^[0-9a-f]{64}$/, exitCode: 7, stdout: 'out\n', stderr: 'err\n', truncated: false })
  t.same(Object.keys(body).sort(), ['execId', 'exitCode', 'replaced', 'stderr', 'stdout', 'truncated'])
  const { data } = await admin.graphql(`mutation { containerExec(host: "local", id: "${shared}", command: ["sh", "-c", "echo out; exit 7"], env: { A: "b" }) { exitCode stdout timedOut } }`)
  t.same(data.containerExec, { exitCode: 7, stdout: 'out\n', timedOut: null })
})

t.test('what is kept is bounded, and no character is cut', async t => {
  const { body } = await exec(shared, 'yes äöü | head -c 3000000; yes | head -c 2000000 >&2; printf done >&2; exit 3')
  t.match(body, { exitCode: 3, truncated: true })
  t.equal(Buffer.byteLength(body.stderr), MEBIBYTE)
  t.ok(Buffer.byteLength(body.stdout) > MEBIBYTE - 4 && Buffer.byteLength(body.stdout) <= MEBIBYTE)
  t.equal(body.stdout, 'äöü\n'.repeat(200_000).slice(0, body.stdout.length))
})

t.test('output that is no UTF-8: byte for byte as base64, and told where it is replaced, of exec and run alike', async t => {
  const script = 'printf "\\377\\000\\376ok"; printf "\\303\\244" >&2'
  const run = async (rest: object) => await admin.post('/hosts/local/containers/run', { image, command: ['sh', '-c', script], wait: true, remove: true, ...rest })
  for (const ask of [async (rest: object) => await exec(shared, script, rest), run]) {
    t.match((await ask({})).body, { stdout: '\ufffd\u0000\ufffdok', stderr: 'ä', replaced: true })
    const { body } = await ask({ encoding: 'base64' })
    t.match({ ...body, stdout: [...Buffer.from(body.stdout, 'base64')] }, { stdout: [255, 0, 254, 111, 107], stderr: Buffer.from('ä').toString('base64'), replaced: false })
  }
  t.match((await exec(shared, 'yes ä | head -c 3000001')).body, { truncated: true, replaced: false }, 'a character that the bound cuts is left out')
  t.match((await exec(shared, 'head -c 2000000 /dev/zero', { encoding: 'base64' })).body, { truncated: true, stdout: Buffer.alloc(MEBIBYTE).toString('base64') })
  t.match((await exec(shared, 'true', { interactive: true, encoding: 'base64' })).body, { code: 'invalid-input', errors: [{ path: '/encoding' }] })
  t.match((await run({ encoding: 'base64', wait: false, remove: false })).body, { code: 'invalid-input', errors: [{ path: '/encoding' }] })
})

t.test('a character that comes in two frames is whole', async t => {
  const { body } = await exec(shared, 'printf "\\303"; sleep 0.3; printf "\\244\\342\\202"; sleep 0.3; printf "\\254"')
  t.equal(body.stdout, 'ä€')
})

t.test('the input reaches the command, and ends', async t => {
  const long = 'äöü€😀\n'.repeat(60_000)
  t.match((await exec(shared, ['cat'], { stdin: long })).body, { exitCode: 0, stdout: long, truncated: false })
  t.match((await exec(shared, ['cat'], { stdin: '' })).body, { exitCode: 0, stdout: '' })
  t.match((await exec(shared, 'read x; echo $x')).body, { exitCode: 0, stdout: '\n' }, 'without one there is nothing to read')
  const escaped = '\u0001'.repeat(MEBIBYTE)
  t.equal((await exec(shared, ['wc', '-c'], { stdin: escaped })).body.stdout.trim(), String(MEBIBYTE))
  t.match(await exec(shared, ['cat'], { stdin: 'ä'.repeat(MEBIBYTE / 2 + 1) }), { status: 400, body: { code: 'invalid-input', errors: [{ path: '/stdin' }] } })
})

t.test('a command that does not read its input loses none of its output', async t => {
  const stdin = 'x'.repeat(MEBIBYTE)
  const answers = await Promise.all(Array.from({ length: 20 }, async () => await exec(shared, 'head -c 3; seq 1 2000; exit 4', { stdin })))
  const expected = `xxx${Array.from({ length: 2000 }, (_, index) => `${index + 1}\n`).join('')}`
  for (const { status, body } of answers) t.match({ status, ...body }, { status: 200, exitCode: 4, stdout: expected })
})

t.test('environment, user, working directory, rights', async t => {
  const id = await run(t, { env: { KEPT: 'kept', GONE: 'gone' } })
  t.equal((await exec(id, 'echo "$KEPT-$GONE-$NEW"; pwd; id -u', { env: { GONE: null, NEW: 'a=b ü' }, workingDir: '/tmp', user: '65534' })).body.stdout, 'kept--a=b ü\n/tmp\n65534\n')
  const capabilities = async (rest: object) => (await exec(id, ['grep', 'CapEff', '/proc/self/status'], rest)).body.stdout as string
  t.not(await capabilities({ privileged: true }), await capabilities({}))
})

t.test('with a terminal there is one output', async t => {
  t.match((await exec(shared, 'test -t 1 && echo out; echo err >&2; exit 2', { tty: true })).body, { exitCode: 2, stdout: 'out\r\nerr\r\n', stderr: '' })
  t.match((await exec(shared, 'stty -echo; cat; exit 5', { tty: true, stdin: 'typed\n\u0004' })).body, { exitCode: 5, stdout: /typed\r\n$/ })
})

t.test('an interactive exec waits to be attached to', async t => {
  const { status, body } = await exec(shared, ['sh'], { interactive: true, tty: true })
  t.equal(status, 200)
  t.same(Object.keys(body), ['execId'])
  t.match(await exec(shared, ['sh'], { interactive: true, stdin: 'x', timeoutSeconds: 1 }), { status: 400, body: { errors: [{ path: '/stdin' }, { path: '/timeoutSeconds' }] } })
})

t.test('a time limit ends all of its processes, also those that will not end', async t => {
  const id = await run(t)
  const begun = Date.now()
  const { body } = await exec(id, 'echo begun; (sleep 701 & trap "" TERM; while true; do sleep 702; done) & sleep 703', { timeoutSeconds: 1 })
  t.match(body, { timedOut: true, processLeftRunning: false, stdout: 'begun\n', exitCode: 143 })
  t.ok(Date.now() - begun < 8000)
  t.same(await commands(id), ['sleep 600'])
  t.match((await exec(id, 'trap "exit 9" TERM; while true; do sleep 0.1; done', { timeoutSeconds: 1 })).body, { timedOut: true, exitCode: 9, processLeftRunning: false }, 'it is asked first')
  t.match((await exec(id, 'trap "" TERM; while true; do sleep 0.1; done', { timeoutSeconds: 1 })).body, { timedOut: true, exitCode: 137, processLeftRunning: false })
  t.match((await exec(id, 'sleep 704', { timeoutSeconds: 1, user: '65534:65534', tty: true })).body, { timedOut: true, processLeftRunning: false }, 'of another user, with a terminal')
  t.match((await exec(id, 'exec >&- 2>&-; sleep 705', { timeoutSeconds: 1 })).body, { timedOut: true, processLeftRunning: false }, 'without outputs')
  t.same(await commands(id), ['sleep 600'])
  t.match((await exec(id, 'exit 0', { timeoutSeconds: 5 })).body, { exitCode: 0, timedOut: false })
})

t.test('a command that has closed its outputs is waited for', async t => {
  t.match((await exec(shared, 'exec >&- 2>&-; sleep 1; exit 6')).body, { exitCode: 6, stdout: '' })
})

t.test('a shell is all that ending a command needs; without one it is left running, and said so', async t => {
  const busybox = (await shellFiles()).find(({ path }) => path === 'bin/busybox')?.data
  if (busybox === undefined) throw new Error('the image of the tests has no busybox')
  const imported = async (name: string, programs: string[]) => {
    await importTar(engines[0], `exec-${process.pid}/${name}:1`, tar([{ path: 'bin' }, ...programs.map(program => ({ path: `bin/${program}`, data: busybox, mode: 0o755 }))]))
    t.teardown(async () => await admin.delete(`/hosts/local/images/${encodeURIComponent(`exec-${process.pid}/${name}:1`)}?force=true`))
    return await run(t, { image: `exec-${process.pid}/${name}:1`, command: ['/bin/sleep', '600'] })
  }
  const shell = await imported('shell', ['sh', 'sleep'])
  t.match((await exec(shell, ['/bin/sleep', '706'], { timeoutSeconds: 1 })).body, { timedOut: true, processLeftRunning: false })
  t.same(await commands(shell), ['/bin/sleep 600'])
  const none = await imported('none', ['sleep'])
  const { body } = await exec(none, ['/bin/sleep', '707'], { timeoutSeconds: 1 })
  t.match(body, { timedOut: true, processLeftRunning: true, stdout: '' })
  t.notOk('exitCode' in body)
  t.same((await commands(none)).sort(), ['/bin/sleep 600', '/bin/sleep 707'])
})

t.test('a caller that leaves ends the command', async t => {
  const id = await run(t)
  const controller = new AbortController()
  const left = admin.fetch(admin.address(`/hosts/local/containers/${id}/exec`), {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ command: ['sh', '-c', 'sleep 708 & sleep 709'] }), signal: controller.signal
  }).catch(() => 'left')
  t.ok(await until(async () => (await commands(id)).filter(command => /^sleep 70[89]$/.test(command)).length === 2))
  controller.abort()
  t.equal(await left, 'left')
  t.ok(await until(async () => (await commands(id)).length === 1), 'nothing of it is left')
  await gateway.services.journal.flush()
  const { body } = await admin.get('/audit?operation=container.exec&limit=1')
  t.match(body.items, [{ stage: 'completed', outcome: { end: 'client-left' }, input: { command: ['sh', '-c', 'sleep 708 & sleep 709'] } }])
})

t.test('the journal has the command, and neither input nor environment', async t => {
  await exec(shared, ['true'], { env: { PASSWORD: 'canary-env' }, stdin: 'canary-stdin', user: '0' })
  await gateway.services.journal.flush()
  const { body, text } = await admin.get('/audit?operation=container.exec&limit=1')
  t.match(body.items, [{ class: 'exec', input: { command: ['true'], user: '0' } }])
  t.notMatch(text + gateway.logged.join(''), /canary/)
})

t.test('a container in the wrong state', async t => {
  const id = await run(t)
  await admin.post(`/hosts/local/containers/${id}/stop`, { timeoutSeconds: 0 })
  t.match(await exec(id, ['true']), { status: 409, body: { code: 'conflict', detail: /not running/ } })
  t.match(await admin.get(`/hosts/local/containers/${id}/top`), { status: 409, body: { code: 'conflict', detail: /not running/ } })
  const paused = await run(t)
  const pause = async (verb: string) => await call(engines[0], 'POST', `/containers/${paused}/${verb}`)
  await pause('pause')
  t.match(await exec(paused, ['true']), { status: 409, body: { code: 'conflict', detail: /paused/ } })
  await pause('unpause')
  const timed = exec(paused, 'sleep 710', { timeoutSeconds: 1 })
  t.ok(await until(async () => (await commands(paused)).length > 1))
  await pause('pause')
  t.match((await timed).body, { timedOut: true, processLeftRunning: true }, 'paused meanwhile')
  await pause('unpause')
})

t.test('a command that cannot be started', async t => {
  for (const command of [['/no/such/program'], ['/etc/passwd'], ['']]) {
    const { status, body } = await exec(shared, command)
    t.equal(status, 200, body.detail)
    t.ok([126, 127].includes(body.exitCode), JSON.stringify(body))
    t.match(body.stdout + body.stderr, /exec/)
  }
  t.match((await exec(shared, ['pwd'], { workingDir: '/no/where' })).body, { exitCode: here('workingDirAbsent') })
})

t.test('the container goes away meanwhile', async t => {
  for (const [what, undo] of [['removed', async (id: string) => await admin.delete(`/hosts/local/containers/${id}?force=true`)], ['killed', async (id: string) => await call(engines[0], 'POST', `/containers/${id}/kill`)]] as const) {
    const id = await run(t)
    const running = exec(id, 'echo begun; sleep 711')
    t.ok(await until(async () => (await commands(id)).length > 1))
    await undo(id)
    const { status, body } = await running
    t.match({ status, ...body }, { status: 200, stdout: 'begun\n' }, what)
    t.ok(body.exitCode === undefined || body.exitCode === 137, JSON.stringify(body))
  }
})

t.test('the engine goes away meanwhile', async t => {
  const { admin, spies } = await startGateway(t)
  const id = await run(t)
  const running = admin.post(`/hosts/local/containers/${id}/exec`, { command: ['sleep', '712'] })
  await spies.local.seen(({ url }) => url.endsWith('/start'))
  await sleep(200)
  await spies.local.down()
  t.match(await running, { status: 503, body: { code: 'host-unreachable' } })
  await spies.local.up()
})

t.test('fifty at once, and no connection is left', async t => {
  const answers = await Promise.all(Array.from({ length: 50 }, async (_, index) => await exec(shared, `cat; echo ${index}; exit ${index}`, { stdin: 'in\n', timeoutSeconds: 60 })))
  for (const [index, { body }] of answers.entries()) t.match(body, { exitCode: index, stdout: `in\n${index}\n` })
  // Short calls keep up to 32 connections for the next; those of the commands would come on top.
  t.ok(await until(async () => spies.local.open <= 32), `${spies.local.open} connections open`)
})

t.test('what does not fit', async t => {
  const refused = async (body: object, path: string) => t.match(await admin.post(`/hosts/local/containers/${shared}/exec`, body), { status: 400, body: { code: 'invalid-input', errors: [{ path }] } }, path)
  await refused({ command: [] }, '/command')
  await refused({}, '/command')
  await refused({ command: 'ls' }, '/command')
  await refused({ command: ['a\u0000b'] }, '/command/0')
  await refused({ command: ['ls'], timeoutSeconds: 0 }, '/timeoutSeconds')
  await refused({ command: ['ls'], timeoutSeconds: -1 }, '/timeoutSeconds')
  await refused({ command: ['ls'], stdin: 'x'.repeat(MEBIBYTE + 1) }, '/stdin')
  await refused({ command: ['ls'], detach: true }, '/detach')
  await refused({ command: ['ls'], env: { 'A=B': 'c' } }, '/env')
  await refused({ command: ['ls'], env: { '': 'c' } }, '/env')
  for (const operation of ['exec', 'top', 'ports', 'stats?stream=false']) {
    // `..` alone is cleaned away by the client, and asks for stats of the host.
    for (const id of ['..%2F', 'a%2Fb', 'a%252Fb', '%25', 'a%3Fb', '..%2F..%2Fversion']) {
      spies.local.reset()
      const answer = operation === 'exec' ? await exec(id, ['true']) : await admin.get(`/hosts/local/containers/${id}/${operation}`)
      t.ok([400, 404].includes(answer.status), `${operation} of ${id}: ${answer.status}`)
      t.equal(spies.local.bytes, 0, 'the engine heard nothing')
    }
  }
})
