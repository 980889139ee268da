import { execFileSync, spawn } from 'node:child_process'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { engines, image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'
import { END, archiveOf, entry, pax, type Entry } from '../support/tars.js'

const gateway = await startGateway(t)
const { admin, spies } = gateway
const engine = engines[0]
let made = 0

async function make (t: { teardown (undo: () => Promise<unknown>): unknown }, script = 'exec sleep 600', start = true): Promise<string> {
  const { status, body, text } = await admin.post('/hosts/local/containers', { image, name: `files-${process.pid}-${made++}`, command: ['sh', '-c', script] })
  if (status !== 201) throw new Error(text)
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${body.id}?force=true`))
  if (start) await admin.post(`/hosts/local/containers/${body.id}/start`)
  return body.id as string
}

const docker = (...args: string[]): Buffer =>
  execFileSync('docker', args, { env: { ...process.env, DOCKER_HOST: engine.url }, maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'pipe'] })
const within = (id: string, script: string): string => docker('exec', id, 'sh', '-c', script).toString().trim()
const files = (id: string, path: string, rest = '') => `/hosts/local/containers/${id}/files${rest}?path=${encodeURIComponent(path)}`
const bytesOf = async (path: string) => Buffer.from(await (await admin.fetch(admin.address(path))).arrayBuffer())
const put = async (id: string, path: string, body: Buffer) => await admin.upload('PUT', files(id, path), new Uint8Array(body))
const archiveCalls = () => spies.local.requests.filter(({ method, url }) => method === 'PUT' && url.includes('/archive'))
const changes = async (id: string) => (await admin.get(`/hosts/local/containers/${id}/changes`)).body.items as Array<{ path: string, kind: string }>

t.test('an id that is none is refused, and the engine hears nothing', async t => {
  spies.local.reset()
  for (const id of ['..', 'a%2Fb', 'a%3Fx', 'a%25b', '%2e%2e%2fx']) {
    for (const answer of [await admin.get(`/hosts/local/containers/${id}/files?path=/etc`), await admin.upload('PUT', `/hosts/local/containers/${id}/files?path=/etc`, new Uint8Array(END))]) {
      t.ok([400, 404].includes(answer.status), `${id}: ${answer.status}`)
    }
  }
  t.match(await admin.get(files('x', 'a\0b')), { status: 400, body: { code: 'invalid-input' } })
  t.equal(spies.local.bytes, 0)
})

t.test('out: the same tar as docker cp gives, running or not', async t => {
  const id = await make(t, 'mkdir -p /d/sub; echo one > /d/f; chmod 4711 /d/f; ln -s /d/f /d/l; chown 12:34 /d/sub; exec sleep 600')
  for (let tries = 0; within(id, 'stat -c %u /d/sub 2>/dev/null || true') !== '12' && tries < 50; tries++) await sleep(50)
  for (const running of [true, false]) {
    if (!running) await admin.post(`/hosts/local/containers/${id}/stop`, { timeoutSeconds: 0 })
    for (const path of ['/d/f', '/d', '/d/l', 'etc/passwd', '/d/sub/../f']) {
      t.ok((await bytesOf(files(id, path))).equals(docker('cp', `${id}:${path}`, '-')), `${path}, ${running ? 'running' : 'stopped'}`)
    }
  }
  const list = (tar: Buffer) => execFileSync('tar', ['-tvf', '-'], { input: tar }).toString()
  t.equal(list(await bytesOf(`/hosts/local/containers/${id}/export`)), list(docker('export', id)))
})

t.test('stat: as stat says it inside', async t => {
  const id = await make(t, 'mkdir /d; touch -d "2020-01-02 03:04:05" /d/f; chmod 2751 /d/f; ln -s ../d/f /d/l; mkdir -m 1777 /d/t; mkfifo /d/p; exec sleep 600')
  for (let tries = 0; within(id, 'test -e /d/p && echo up || true') !== 'up' && tries < 50; tries++) await sleep(50)
  const types = { '/d': 'directory', '/d/f': 'file', '/d/l': 'symlink', '/d/t': 'directory', '/d/p': 'fifo' }
  for (const [path, type] of Object.entries(types)) {
    const { body } = await admin.get(files(id, path, '/stat'))
    const [mode = '', size, seconds] = within(id, `stat -c '%a %s %Y' ${path}`).split(' ')
    t.match(body, { name: path.split('/').at(-1), type, mode: mode.padStart(4, '0'), sizeBytes: Number(size) }, path)
    t.equal(Math.floor(Date.parse(body.modifiedAt) / 1000), Number(seconds), path)
  }
  t.match((await admin.get(files(id, '/d/l', '/stat'))).body, { linkTarget: '/d/f' })
  t.match(await changes(id), [{ path: '/d', kind: 'added' }])
})

t.test('in: what was sent is there, with modes and owners', async t => {
  for (const start of [true, false]) {
    const id = await make(t, 'exec sleep 600', start)
    const archive = archiveOf({ name: 'd/', type: '5', mode: 0o750 }, { name: 'd/f', data: 'hello', mode: 0o4711, uid: 77 }, { name: 'd/l', type: '2', link: '/usr/elsewhere' }, { name: 'd/g', data: 'x' }, { name: 'd/h', type: '1', link: 'd/g' })
    const { status, text } = await put(id, '/tmp', archive)
    t.equal(status, 200, text)
    const listed = execFileSync('tar', ['--numeric-owner', '-tvf', '-'], { input: await bytesOf(files(id, '/tmp/d')) }).toString()
    t.match(listed, /drwxr-x--- 0\/0 .* d\//)
    t.match(listed, /-rws--x--x 77\/0 +5 .* d\/f/)
    t.match(listed, /d\/l -> \/usr\/elsewhere/)
    t.match(listed, /d\/h/)
  }
  const id = await make(t)
  t.equal((await put(id, '/', END)).status, 200, 'an archive with nothing in it')
  t.equal((await put(id, '/tmp', archiveOf({ name: 'x/', type: '5' }))).status, 200)
  const replaced = await admin.upload('PUT', `${files(id, '/tmp')}&noOverwriteDirNonDir=true`, new Uint8Array(archiveOf({ name: 'x', data: 'x' })))
  t.ok(replaced.status >= 400, replaced.text)
  t.match(replaced.body.detail, /directory/)
})

t.test('an upload that ends between two entries says so; what arrived is there', async t => {
  const id = await make(t)
  const folder = entry({ name: 'cut/', type: '5' })
  const begun = Buffer.concat([folder, entry(pax({ path: 'cut/a' })), entry({ name: 'a', data: 'hello' })])
  const said = async (archive: Buffer) => (await put(id, '/tmp', archive)).body
  t.same(await said(Buffer.concat([begun, END])), { entries: 2, bytes: 5, unterminated: false })
  t.same(await said(begun), { entries: 2, bytes: 5, unterminated: true })
  t.same(await said(Buffer.concat([folder, entry({ name: 'cut/b', data: 'x'.repeat(600) }), END.subarray(512)])), { entries: 2, bytes: 600, unterminated: true }, 'one block of zeroes is no end')
  t.equal(within(id, 'cat /tmp/cut/a; wc -c < /tmp/cut/b'), 'hello600')
  t.same((await put(id, '/', END)).body, { entries: 0, bytes: 0, unterminated: false })
})

t.test('what the engine refuses is told in its words', async t => {
  const id = await make(t)
  const archive = archiveOf({ name: 'x', data: 'x' })
  t.match((await admin.get(files(id, '/no/such'))), { status: 404, body: { code: 'not-found', detail: /\/no\/such/ } })
  t.match((await admin.get(files(id, '/no/such', '/stat'))), { status: 404, body: { code: 'not-found', detail: /\/no\/such/ } })
  t.match((await put(id, '/no/such', archive)), { status: 404, body: { code: 'not-found', detail: /no\/such/ } })
  t.match((await put(id, '/etc/passwd', archive)), { status: 400, body: { code: 'invalid-input', detail: /not a directory/ } })
  const large = await put(id, '/no/such', archiveOf({ name: 'x', data: Buffer.alloc(32 * 1024 * 1024) }))
  t.match(large, { status: 404, body: { detail: /no\/such/ } }, 'while it is still being sent')
  const fixed = docker('create', '--read-only', image, 'sleep', '600').toString().trim()
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${fixed}?force=true`))
  const { status, body } = await put(fixed, '/etc', archive)
  t.ok(status >= 400, body?.detail)
  t.match(body.detail, /read-only/)
  for (const call of [admin.get(files('no-such-container', '/etc')), put('no-such-container', '/etc', archive)]) {
    t.match(await call, { status: 404, body: { detail: 'no such container: no-such-container' } })
  }
})

const BAD: Readonly<Record<string, Buffer>> = {
  'a name that climbs out': archiveOf({ name: '../../x', data: 'x' }),
  'an absolute name': archiveOf({ name: '/x', data: 'x' }),
  'a hard link out': archiveOf({ name: 'x', type: '1', link: '../etc/passwd' }),
  'a device': archiveOf({ name: 'x', type: '3' }),
  'a cut-off tar': entry({ name: 'x', data: 'x'.repeat(5000) }).subarray(0, 300),
  'no tar': Buffer.from('this is no tar'.repeat(100)),
  'nothing at all': Buffer.alloc(0)
}

t.test('what is refused never reaches the engine', async t => {
  const id = await make(t)
  const before = await changes(id)
  const calls = async (body: Buffer) => {
    spies.local.reset()
    const answer = await put(id, '/tmp', body)
    return { status: answer.status, code: answer.body?.code, calls: archiveCalls().length }
  }
  for (const [what, body] of Object.entries(BAD)) t.same(await calls(body), { status: 400, code: 'invalid-input', calls: 0 }, what)
  t.same(await calls(gzipSync(archiveOf({ name: 'x', data: 'x' }))), { status: 415, code: 'unsupported-media-type', calls: 0 })
  t.same(await changes(id), before, 'the file system is as it was')
  const behind: Entry[] = [{ name: 'first', data: 'x' }, { name: '../second', data: 'x' }, { name: 'third', data: 'x' }]
  t.equal((await calls(archiveOf(...behind))).status, 400)
  for (let tries = 0; spies.local.open > 40 && tries < 40; tries++) await sleep(50)
  t.notMatch(JSON.stringify(await changes(id)), /second|third/)
  const late = Buffer.concat([entry({ name: 'large', data: Buffer.alloc(4 * 1024 * 1024) }), entry({ name: 'c', type: '3' }), entry({ name: 'more', data: Buffer.alloc(64 * 1024 * 1024) }), END])
  t.match(await calls(late), { status: 400, code: 'invalid-input' }, 'an answer, though the client is still sending')
  t.notMatch(JSON.stringify(await changes(id)), /\/tmp\/(c|more)"/)
  t.match(await admin.upload('POST', '/hosts/local/images/import', new Uint8Array(gzipSync(END))), { status: 415 })
})

t.test('curl is told, too, while it sends', async t => {
  const id = await make(t)
  const archive = Buffer.concat([entry({ name: '/x', data: 'x' }), Buffer.alloc(64 * 1024 * 1024)])
  const url = admin.address(files(id, '/tmp'))
  // Not in one piece with the test: the gateway that answers is in this very process.
  const curl = spawn('curl', ['-s', '--max-time', '60', '-T', '-', '-H', 'Content-Type: application/x-tar', '-H', `Authorization: ${admin.headers.authorization}`, '-w', '\n%{http_code}', url], { stdio: ['pipe', 'pipe', 'inherit'] })
  curl.stdin.on('error', () => {}).end(archive)
  const told = await text(curl.stdout)
  t.match(told, /"code":"invalid-input"[^]*\n400$/)
})

t.test('64 MiB both ways', async t => {
  const id = await make(t)
  const data = Buffer.alloc(64 * 1024 * 1024, 'caisson ')
  t.equal((await put(id, '/tmp', archiveOf({ name: 'large', data }))).status, 200)
  const tar = await bytesOf(files(id, '/tmp/large'))
  t.ok(tar.subarray(512, 512 + data.length).equals(data))
})

t.test('a client that leaves lets go of the engine, whichever way the bytes went', async t => {
  const id = await make(t)
  within(id, 'dd if=/dev/zero of=/tmp/large bs=1M count=64 2>/dev/null')
  await sleep(200)
  const idle = spies.local.open
  const controller = new AbortController()
  const response = await admin.fetch(admin.address(files(id, '/tmp/large')), { signal: controller.signal })
  await response.body?.getReader().read()
  controller.abort()
  const upload = request(admin.address(files(id, '/tmp')), { method: 'PUT', headers: { ...admin.headers, 'content-type': 'application/x-tar' } })
  upload.on('error', () => {})
  spies.local.reset()
  upload.write(Buffer.concat([entry({ name: 'whole', data: 'x' }), entry({ name: 'half', data: Buffer.alloc(1024 * 1024) }).subarray(0, 700_000)]))
  await spies.local.seen(({ method }) => method === 'PUT')
  upload.destroy()
  for (let tries = 0; spies.local.open > idle && tries < 40; tries++) await sleep(50)
  t.ok(spies.local.open <= idle, `${spies.local.open} connections open, ${idle} before`)
  await gateway.services.journal.flush()
  for (const operation of ['container.copyIn', 'container.copyOut']) {
    t.match((await admin.get(`/audit?operation=${operation}&limit=1`)).body.items, [{ stage: 'completed', outcome: { end: 'client-left' } }], operation)
  }
})
