import { connect } from 'node:net'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startGateway } from '../support/gateway.js'
import { image } from '../support/engines.js'

t.test('an input that does not fit', async t => {
  const { admin, spies } = await startGateway(t)
  spies.local.reset()

  t.test('has a pointer to each fault, and the same code on every surface', async t => {
    const rest = await admin.post('/hosts/local/containers', { image, cpus: 'two', colour: 'red', memoryBytes: -1 })
    t.equal(rest.status, 400)
    t.equal(rest.headers.get('content-type')?.split(';')[0], 'application/problem+json')
    t.match(rest.body, { type: 'about:blank', status: 400, code: 'invalid-input', requestId: String })
    t.same(rest.body.errors.map(({ path }: { path: string }) => path).sort(), ['/colour', '/cpus', '/memoryBytes'])

    const graphql = await admin.graphql(`mutation { containerCreate(host: "local", image: "${image}", memoryBytes: -1) { containerId } }`)
    t.equal(graphql.status, 200)
    t.match(graphql.errors, [{ extensions: { code: 'invalid-input', errors: [{ path: '/memoryBytes' }] } }])

    const socket = await admin.follow('/hosts/local/containers/web/logs?tail=-1')
    t.match(socket, { code: 400, reason: 'invalid-input' })
    t.match((await admin.get('/hosts/local/containers/web/logs?tail=-1')).body, { code: 'invalid-input', errors: [{ path: '/tail', message: /a number of lines/ }] })
  })

  t.test('says in words what a name may be', async t => {
    const { status, body } = await admin.get(`/hosts/local/containers/${encodeURIComponent('a/../b')}`)
    t.match({ status, body }, { status: 400, body: { errors: [{ path: '/id', message: /letters, digits/ }] } })
  })

  for (const [what, headers, body, status, code] of [
    ['no JSON', { 'content-type': 'application/json' }, '{', 400, 'invalid-input'],
    ['an array', { 'content-type': 'application/json' }, '[]', 400, 'invalid-input'],
    ['a __proto__', { 'content-type': 'application/json' }, '{"__proto__": {"image": "x"}}', 400, 'invalid-input'],
    ['a constructor', { 'content-type': 'application/json' }, '{"constructor": {"prototype": {"x": 1}}}', 400, 'invalid-input'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'image=x', 415, 'unsupported-media-type'],
    ['JSON by another name', { 'content-type': 'text/plain' }, `{"image": "${image}"}`, 415, 'unsupported-media-type'],
    ['JSON by two names', { 'content-type': 'application/json,text/plain' }, `{"image": "${image}"}`, 415, 'unsupported-media-type'],
    ['a tar', { 'content-type': 'application/x-tar' }, 'x', 415, 'unsupported-media-type'],
    ['too much', { 'content-type': 'application/json' }, JSON.stringify({ image, labels: { a: 'x'.repeat(1024 * 1024) } }), 413, 'too-large']
  ] as const) {
    t.test(`a body that is ${what}`, async t => {
      const response = await admin.fetch(`${admin.url}/api/v1/hosts/local/containers`, { method: 'POST', headers, body })
      t.equal(response.status, status)
      t.match(await response.json(), { code })
    })
  }

  t.test('given twice, or in the wrong place', async t => {
    t.match((await admin.post('/hosts/local/containers', { host: 'other', image })).body, { code: 'invalid-input', errors: [{ path: '/host' }] })
    t.match((await admin.post('/hosts/local/containers?privileged=true', { image })).body, { code: 'invalid-input', errors: [{ path: '/privileged' }] })
    t.match((await admin.get('/hosts/local/containers?all=true&all=false')).body, { code: 'invalid-input', errors: [{ path: '/all' }] })
    t.match((await admin.get('/hosts/local/containers?all=yes')).body, { code: 'invalid-input', errors: [{ path: '/all' }] })
  })
  t.equal(spies.local.bytes, 0, 'the engine heard nothing of all this')
})

t.test('an address that is not there', async t => {
  const { admin, nobody } = await startGateway(t)
  t.match(await admin.get('/api/v1/nothing'), { status: 404, body: { code: 'not-found' } })
  t.match(await nobody.get('/api/v1/nothing'), { status: 401, body: { code: 'unauthenticated' } }, 'nobody learns what there is')
  const wrong = await admin.send('PUT', '/hosts/local/containers')
  t.match(wrong, { status: 405, body: { code: 'method-not-allowed' } })
  t.equal(wrong.headers.get('allow'), 'GET, POST')
  t.match(await admin.get('/hosts/%zz/info'), { status: 400, body: { code: 'invalid-input' } })
})

t.test('what is not there', async t => {
  const { admin } = await startGateway(t)
  t.match((await admin.get('/hosts/nowhere/containers')).body, { code: 'not-found', detail: 'no such host: nowhere' })
  t.match((await admin.get('/hosts/local/containers/nothing')).body, { code: 'not-found', detail: 'no such container: nothing' })
  t.match((await admin.get('/hosts/local/images/nothing')).body, { code: 'not-found', detail: 'no such image: nothing' })
  t.match((await admin.post('/hosts/local/containers', { image: 'nothing', pull: 'never' })).body, { code: 'not-found' })
})

t.test('a token that is no good', async t => {
  const { url, nobody } = await startGateway(t)
  for (const authorization of ['Bearer x', 'Basic eDp5', 'Bearer ', 'bearer a.b.c', 'x']) {
    t.match(await nobody.get('/auth/me', { authorization }), { status: 401, body: { code: 'unauthenticated' } }, authorization)
  }
  for (const query of ['token', 'access_token', 'api_key', 'ticket']) t.equal((await nobody.get(`/auth/me?${query}=x`)).status, 401)
  t.equal((await nobody.get('/auth/me')).headers.get('www-authenticate'), 'Bearer realm="caisson"')
  t.equal((await fetch(`${url}/healthz`, { headers: { authorization: 'Bearer x' } })).status, 200, 'nobody need sign in here')
})

t.test('an upgrade at an address that cannot be read leaves no socket behind', async t => {
  const { url, app, services } = await startGateway(t)
  const open = async () => await new Promise<number>((resolve, reject) => app.server.getConnections((error, count) => { error === null ? resolve(count) : reject(error) }))
  const before = await open()
  const seq = (await services.journal.list({ limit: 1 })).items[0]?.seq ?? 0
  for (let nth = 0; nth < 5; nth++) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
    const [answer] = await once(socket, 'data')
    t.match(String(answer), /^HTTP\/1.1 400/)
    await once(socket, 'close')
  }
  for (let tries = 0; tries < 20 && await open() > before; tries++) await sleep(50)
  t.equal(await open(), before)
  await services.journal.flush()
  const { items } = await services.journal.list({ limit: 100 })
  t.equal(items.filter(item => item.seq > seq && item.outcome?.code === 'invalid-input').length, 5, 'and each is in the journal')
})

t.test('a request that only a raw socket can send', async t => {
  const { url, admin, spies } = await startGateway(t)
  spies.local.reset()
  for (const [what, head] of [
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a folded header', 'X-A: b\r\n c\r\n\r\n']
  ] as const) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`POST /api/v1/hosts/local/containers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${admin.token}\r\nContent-Type: application/json\r\n${head}`)
    const [answer] = await once(socket, 'data')
    t.match(String(answer), /^HTTP\/1.1 4\d\d/, what)
    socket.destroy()
  }
  t.equal(spies.local.bytes, 0)
})
