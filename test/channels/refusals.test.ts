import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { endOf } from '../support/client.js'
import { engines } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'
import { ChannelClient, FRAMED, RAW, channelBed } from './bed.js'

const gateway = await startGateway(t, { environment: { CAISSON_ORIGINS: 'https://console.example.com' } })
const { admin, url, spies } = gateway
const { container, exec, attach, attachExec, record } = channelBed(gateway)
const shared = await container(t, { command: ['sleep', '600'], openStdin: true })

const refusal = async (path: string, { protocol = FRAMED, headers = {}, client = admin }: { protocol?: string, headers?: Record<string, string>, client?: typeof admin } = {}) => {
  const socket = client.socket(path, { protocols: protocol === '' ? [] : [protocol], headers })
  socket.on('error', () => {})
  return await endOf(socket)
}

t.test('refused with an HTTP answer, before the engine gives a connection over', async t => {
  const stopped = await container(t, { command: ['true'], wait: true })
  const paused = await container(t, { command: ['sleep', '600'] })
  await call(engines[0], 'POST', `/containers/${paused}/pause`)
  const waiting = await exec(shared, ['cat'])
  const attached = (id: string, query = '') => `/hosts/local/containers/${id}/attach${query}`
  const execOfPaused = await (async () => {
    await call(engines[0], 'POST', `/containers/${paused}/unpause`)
    const id = await exec(paused, ['cat'])
    await call(engines[0], 'POST', `/containers/${paused}/pause`)
    return id
  })()
  spies.local.reset()
  const rows: Array<[path: string, code: number, reason: string, options?: Parameters<typeof refusal>[1]]> = [
    [attached(stopped), 409, 'conflict'],
    [attached(paused), 409, 'conflict'],
    [attached('no-such'), 404, 'not-found'],
    [attached(shared, '?stdin=false&stdout=false&stderr=false'), 400, 'invalid-input'],
    [attached(shared, '?detachKeys=ctrl-x'), 400, 'invalid-input'],
    [attached(shared, '?detachKeys=meta-x'), 400, 'invalid-input'],
    [attached(shared, '?tty=true'), 400, 'invalid-input'],
    [attached(shared), 400, 'invalid-input', { protocol: 'other.v1' }],
    [attached(shared), 401, 'unauthenticated', { client: gateway.nobody }],
    [attached(shared), 404, 'not-found', { client: gateway.ann }],
    [attached(shared), 403, 'forbidden', { headers: { origin: 'https://elsewhere.example.com' } }],
    [`/hosts/local/exec/${execOfPaused}/attach`, 409, 'conflict'],
    [`/hosts/local/exec/${'0'.repeat(64)}/attach`, 404, 'not-found'],
    ['/hosts/local/exec/..%2f..%2fversion/attach', 400, 'invalid-input'],
    [`/hosts/other/exec/${waiting}/attach`, 404, 'not-found']
  ]
  for (const [path, code, reason, options] of rows) t.same(await refusal(path, options), { code, reason }, `${path} ${JSON.stringify(options?.protocol ?? options?.headers ?? '')}`)
  t.notOk(spies.local.requests.some(({ url }) => /\/(attach|start)(\?|$)/.test(url)), 'the engine was asked to open nothing')
  t.match(await admin.get(attached(shared)), { status: 426, body: { code: 'upgrade-required' } })
  t.equal((await admin.get(attached(shared))).headers.get('upgrade'), 'websocket')
  const channel = await ChannelClient.open(admin, attached(shared), FRAMED)
  channel.socket.close()
})

t.test('a page from an origin that the settings name may', async () => {
  const socket = admin.socket(`/hosts/local/containers/${shared}/attach`, { headers: { origin: 'https://console.example.com' } })
  await once(socket, 'open')
  socket.close()
})

t.test('a ticket opens a channel, once', async t => {
  const { body: { url: path } } = await admin.post('/tickets', { operation: 'container.attach', input: { host: 'local', id: shared, stdin: false } })
  const channel = await ChannelClient.open(gateway.nobody, path)
  channel.socket.close()
  await channel.ended
  t.match(await record('container.attach'), { actor: { username: 'admin', credential: /^ticket:/ }, input: { id: shared, stdin: false }, surface: 'ws', outcome: { end: 'client-left' } })
  t.same(await refusal(path, { client: gateway.nobody }), { code: 401, reason: 'unauthenticated' })

  const execId = await exec(shared, 'read x; echo "got $x"')
  const { data } = await admin.graphql(`mutation { execAttach(host: "local", exec: "${execId}") { url method } }`)
  const byLink = await ChannelClient.open(gateway.nobody, data.execAttach.url, RAW)
  byLink.write('it\n')
  t.same(await byLink.ended, { code: 1000, reason: 'exit 0' })
  t.equal(String(byLink.stdout), 'got it\n')
})

t.test('an exec is its maker\'s alone', async t => {
  await gateway.services.users.create({ username: 'eve', password: 'correct horse battery eve', admin: true })
  const eve = await gateway.nobody.signIn('eve', 'correct horse battery eve')
  const path = `/hosts/local/exec/${await exec(shared, ['cat'], { tty: true })}`
  const unknown = `/hosts/local/exec/${'0'.repeat(64)}`
  spies.local.reset()
  for (const [method, verb, body] of [['GET', ''], ['POST', '/resize', { columns: 80, rows: 24 }]] as const) {
    const theirs = await eve.send(method, path + verb, body)
    const nobodys = await eve.send(method, unknown + verb, body)
    t.match(theirs, { status: 404, body: { code: 'not-found' } })
    t.equal(theirs.body.detail.replace(/[0-9a-f]{64}/, ''), nobodys.body.detail.replace(/[0-9a-f]{64}/, ''), 'as if it were not there')
  }
  t.same(await refusal(`${path}/attach`, { client: eve }), { code: 404, reason: 'not-found' })
  t.match(await eve.post('/tickets', { operation: 'exec.attach', input: { host: 'local', exec: path.split('/').at(-1) } }), { status: 404 })
  t.notOk(spies.local.requests.some(({ url }) => url.includes('/exec/')), 'the engine heard nothing of it')
  const channel = await ChannelClient.open(admin, `${path}/attach`)
  t.same(await refusal(`${path}/attach`), { code: 409, reason: 'conflict' }, 'and once even by its maker')
  t.match((await admin.get(path)).body, { running: true, tty: true })
  channel.socket.close()
})

t.test('a command that was waited for is its maker\'s to look at, and nobody\'s to attach to', async t => {
  const { body: { execId } } = await admin.post(`/hosts/local/containers/${shared}/exec`, { command: ['sh', '-c', 'exit 3'] })
  t.match((await admin.get(`/hosts/local/exec/${execId}`)).body, { execId, running: false, exitCode: 3, command: ['sh', '-c', 'exit 3'] })
  t.same(await refusal(`/hosts/local/exec/${execId}/attach`), { code: 409, reason: 'conflict' })
})

t.test('messages that make no sense', async t => {
  const rows: Array<[what: string, send: (channel: ChannelClient) => void, code: number, reason: string]> = [
    ['a text message', channel => { channel.socket.send('0hello') }, 4400, 'invalid-input'],
    ['an empty one', channel => { channel.socket.send(Buffer.alloc(0)) }, 4400, 'invalid-input'],
    ['an unknown kind', channel => { channel.socket.send(Buffer.of(9, 1)) }, 4400, 'invalid-input'],
    ['what only the gateway says', channel => { channel.socket.send(Buffer.of(1, 65)) }, 4400, 'invalid-input'],
    ...['{"columns": 0, "rows": 24}', '{"columns": -1, "rows": 24}', '{"columns": 1.5, "rows": 24}', '{"columns": 65536, "rows": 24}', '{"columns": "80", "rows": 24}', '{"columns": 80}', '{"columns": 80, "rows": 24, "x": 1}', '[]', 'null', 'wide', ''].map(size =>
      [`a resize to ${size}`, channel => { channel.resize(size) }, 4400, 'invalid-input'] as [string, (channel: ChannelClient) => void, number, string]),
    ['input behind its end', channel => { channel.closeInput(); channel.write('x') }, 4400, 'invalid-input'],
    ['more than 1 MiB', channel => { channel.write(Buffer.alloc(1024 * 1024 + 1)) }, 1009, ''],
    ['more than 1 MiB in fragments', channel => { for (let times = 0; times < 20; times++) channel.socket.send(Buffer.alloc(60_000), { fin: false }) }, 1009, ''],
    ['fragments without an end', channel => { for (let times = 0; times < 20_000; times++) channel.socket.send(Buffer.of(0), { fin: false }) }, 1008, '']
  ]
  for (const [what, send, code, reason] of rows) {
    const channel = await attachExec(await exec(shared, ['cat'], { tty: !/input/.test(what) }))
    send(channel)
    t.same(await channel.ended, { code, reason }, what)
    if (code === 4400) t.match(channel.statuses.at(-1), { problem: { code: 'invalid-input', detail: /\w/ } })
  }
  const raw = await attachExec(await exec(shared, ['cat']), RAW)
  raw.socket.send(Buffer.from([0xff, 0xfe, 0xc3]), { binary: false })
  t.same(await raw.ended, { code: 1007, reason: '' }, 'text that is no UTF-8')
  const resized = await attachExec(await exec(shared, ['cat']))
  resized.resize({ columns: 80, rows: 24 })
  t.same(await resized.ended, { code: 4400, reason: 'invalid-input' }, 'a resize without a terminal')
  const watcher = await attach(shared, '?stdin=false')
  watcher.write('x')
  t.same(await watcher.ended, { code: 4400, reason: 'invalid-input' }, 'input without stdin')
  t.match((await record('container.attach')).outcome, { code: 'invalid-input', end: 'error' })
})

t.test('bytes that are no frames, and no handshake', async t => {
  const target = async () => `/api/v1/hosts/local/exec/${await exec(shared, ['cat'])}/attach`
  const handshake = (path: string, headers: Record<string, string> = {}) => Object.entries({
    Host: 'gateway', Authorization: `Bearer ${admin.token}`, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Version': '13', ...headers
  }).reduce((text, [name, value]) => `${text}${name}: ${value}\r\n`, `GET ${path} HTTP/1.1\r\n`) + '\r\n'
  const talk = async (text: string, ...frames: Buffer[]): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let heard = ''
    socket.on('data', chunk => { heard += chunk.toString('latin1') }).on('error', () => {})
    socket.write(text)
    for (const frame of frames) socket.write(frame)
    await Promise.race([once(socket, 'close'), sleep(20_000, undefined, { ref: false })])
    t.ok(socket.destroyed, 'closed by the gateway')
    socket.destroy()
    return heard
  }
  const closedWith = (heard: string) => {
    const at = heard.indexOf('\x88')
    return at < 0 ? undefined : Buffer.from(heard, 'latin1').readUInt16BE(at + 2)
  }
  // Masked with zeroes.
  const frame = (first: number, ...data: number[]) => Buffer.from([first, 0x80 | data.length, 0, 0, 0, 0, ...data])
  for (const [what, bytes, code] of [['a reserved bit', frame(0xc2, 0, 65), 1002], ['an unknown opcode', frame(0x83, 0), 1002], ['not masked', Buffer.from([0x82, 1, 0]), 1002], ['a continuation of nothing', frame(0x80, 0), 1002], ['a close of one byte', frame(0x88, 3), 1002], ['a length of 8 EiB', Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]), 1009]] as const) {
    const heard = await talk(handshake(await target(), { 'Sec-WebSocket-Protocol': RAW }), bytes)
    t.match(heard, /^HTTP\/1\.1 101 /)
    t.equal(closedWith(heard), code, what)
  }
  spies.local.reset()
  const path = await target()
  const before = spies.local.requests.length
  for (const [headers, status] of [
    [{ 'Sec-WebSocket-Key': 'short' }, 400], [{ 'Sec-WebSocket-Version': '12' }, 400], [{ Upgrade: 'h2c' }, 426], [{ Upgrade: 'tcp' }, 426], [{ Authorization: 'Bearer no' }, 401],
    [{ 'Sec-WebSocket-Protocol': `${'x'.repeat(12_000)}` }, 400], [{ Origin: 'null' }, 403]
  ] as const) {
    const heard = await talk(handshake(path, headers) + 'GET /containers/json HTTP/1.1\r\nHost: engine\r\n\r\n')
    t.match(heard, new RegExp(`^HTTP/1\\.1 ${status} `), JSON.stringify(headers).slice(0, 60))
    t.equal(heard.split('HTTP/1.1 ').length, 2, 'what came behind it was dropped')
  }
  t.notOk(spies.local.requests.slice(before).some(({ url }) => /containers\/json$|\/start$/.test(url)), 'and the engine saw nothing of it')
  t.equal((await admin.get('/hosts')).status, 200, 'it lives')
})
