import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import axios from 'axios'
import t from 'tap'
import { startGateway } from '../support/gateway.js'
import { engines, image } from '../support/engines.js'
import { archiveOf } from '../support/tars.js'
import { call as callEngine } from '../../scripts/lib/api.mjs'
import { Readable } from 'node:stream'

const { url, admin, spies } = await startGateway(t)
const client = axios.create({ baseURL: `${url}/api/v1`, headers: { authorization: `Bearer ${admin.token}` }, validateStatus: () => true, proxy: false })
const { body: { id } } = await admin.post('/hosts/local/containers/run', { image, command: ['sh', '-c', 'echo one; echo two; exec sleep 600'] })
t.teardown(async () => await callEngine(engines[0], 'DELETE', `/containers/${id}?force=true`))

t.test('a body of no bytes has no type', async t => {
  t.equal((await client.post(`/hosts/local/containers/${id}/pause`)).status, 204, 'by axios, which names one')
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/x-tar']) {
    t.equal((await client.post(`/hosts/local/containers/${id}/unpause`, '', { headers: { 'content-type': type } })).status, type.endsWith('encoded') ? 204 : 409, type)
  }
  const nothing = { method: 'POST', body: Readable.toWeb(Readable.from([])), duplex: 'half', headers: { 'content-type': 'text/plain' } } as RequestInit
  t.equal((await admin.fetch(`${admin.url}/api/v1/hosts/local/containers/${id}/pause`, nothing)).status, 204, 'in chunks, too')
  const something = { ...nothing, body: Readable.toWeb(Readable.from(['x'])) } as RequestInit
  t.equal((await admin.fetch(`${admin.url}/api/v1/hosts/local/containers/${id}/unpause`, something)).status, 415, 'but what is there has')
  t.equal((await client.post(`/hosts/local/containers/${id}/unpause`)).status, 204)
})

t.test('a tar by all its names, and compressed by none', async t => {
  const at = `/hosts/local/containers/${id}/files?path=/tmp`
  const tar = archiveOf({ name: 'a', data: 'x' })
  for (const type of ['application/x-tar', 'application/tar', 'application/octet-stream', 'Application/X-Tar; charset=binary', undefined]) {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
    const put = async (path: string, body: Buffer) => (await admin.fetch(`${admin.url}/api/v1${path}`, { method: path.includes('files') ? 'PUT' : 'POST', body: new Uint8Array(body), headers })).status
    t.equal(await put(at, tar), 200, type ?? 'none')
    for (const path of [at, '/hosts/local/images/load', '/hosts/local/images/import', '/hosts/local/images/build']) t.equal(await put(path, gzipSync(tar)), 415, `${type ?? 'none'} ${path}`)
  }
  for (const type of ['application/gzip', 'application/x-gzip', 'text/plain', 'application/json']) {
    t.equal((await client.put(at, tar, { headers: { 'content-type': type } })).status, 415, type)
  }
  t.equal((await client.put(at, undefined)).status, 400, 'nothing is no tar')
})

t.test('truth as Docker\'s clients write it', async t => {
  const { data: { items } } = await client.get('/hosts/local/containers?all=true')
  for (const word of ['1', 'True', 'TRUE']) t.same((await client.get(`/hosts/local/containers?all=${word}`)).data.items.length, items.length, word)
  for (const word of ['0', 'False']) t.equal((await client.get(`/hosts/local/containers?all=${word}`)).status, 200, word)
  t.match(await client.get('/hosts/local/containers?all=yes'), { status: 400, data: { errors: [{ path: '/all' }] } })
})

t.test('times as Docker\'s clients write them', async t => {
  const lines = async (query: string) => (await client.get(`/hosts/local/containers/${id}/logs?${query}`, { headers: { accept: 'text/plain' }, responseType: 'text' })).data
  const now = Date.now() / 1000
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString()
  for (const [since, isPast] of [
    ['0', true], [String(Math.floor(now - 3600)), true], [(now - 3600).toFixed(6), true], [String(Math.floor(now + 3600)), false],
    [day(-1).slice(0, 10), true], [day(2).slice(0, 10), false], [day(-1).slice(0, 19), true], [day(-1).slice(0, 16), true], [`${day(-1).slice(0, 16)}Z`, true], [day(2).slice(0, 19), false], ['10m', true]
  ] as const) t.equal(await lines(`since=${since}`), isPast ? 'one\ntwo\n' : '', since)
  for (const since of ['yesterday', '2026-13', '12345678901', '-1']) t.match(await client.get(`/hosts/local/containers/${id}/logs?since=${since}`), { status: 400, data: { errors: [{ path: '/since', message: /a time such as/ }] } }, since)
  t.match(await client.get(`/hosts/local/containers/${id}/logs?since=2026-02-31T25:00`), { status: 400 })
})

t.test('a number of lines is a number, too, where JSON is', async t => {
  for (const tail of [1, '1']) {
    const { status, data } = await client.post('/tickets', { operation: 'container.logs', input: { host: 'local', id, tail, since: 0 } })
    t.equal(status, 200)
    t.match((await axios.get(url + data.url, { proxy: false })).data, /two/)
  }
  t.match(await client.post('/tickets', { operation: 'container.logs', input: { host: 'local', id, tail: 1.5 } }), { status: 400, data: { errors: [{ path: '/input/tail' }] } })
  t.match(await client.post('/tickets', { operation: 'container.logs', input: { host: 'local', id: 5, tail: -1 } }), { status: 400 })
})

t.test('names of images with their slashes', async t => {
  const name = `clients/${process.pid}/app:1`
  t.equal((await client.post(`/hosts/local/images/${image}/tag`, { reference: name })).status, 204, image)
  const { data: { id } } = await client.get(`/hosts/local/images/${encodeURIComponent(name)}`)
  for (const path of [name, `${name}/`, name.replace('/', '%2F')]) t.match(await client.get(`/hosts/local/images/${path}`), { status: 200, data: { id } }, path)
  t.match((await client.get(`/hosts/local/images/${name}/history`)).status, 200)
  t.match(await client.get('/hosts/local/images/clients/history/absent'), { status: 404, data: { detail: /no such image: clients\/history\/absent/ } })
  t.equal((await client.delete(`/hosts/local/images/${name}`)).status, 200)
  spies.local.reset()
  for (const path of ['/hosts/local/images/../../x', '/hosts/local/images/a//b']) {
    t.ok([400, 404, 405].includes((await admin.fetch(`${admin.url}/api/v1${path}`)).status), path)
  }
  t.equal(spies.local.bytes, 0)
})

t.test('what is wrong with an input is said in words', async t => {
  const { data } = await client.post('/grants/explain', { user: 'ann', operation: 'container.list', input: { host: 5 } })
  t.match(data.errors, [{ path: '/input/host', message: /^must be .* or a list of / }])
  t.match((await client.post('/grants/explain', { user: 'ann', operation: 'container.list', input: { host: 'No Host' } })).data.errors, [{ path: '/input/host', message: /^must be / }], 'what was meant is told of')
  t.notMatch(JSON.stringify(data), /schema|anyOf/)
  const created = await client.post('/hosts/local/containers', { image, command: 5, ports: [{}], mounts: [{ type: 'volume', target: 5 }, { type: 'nothing' }], entrypoint: {} })
  t.equal(created.status, 400)
  t.notMatch(created.data.detail, /schema|anyOf/)
})

t.test('HEAD is answered where it is cheap, and nowhere else', async t => {
  for (const path of ['/hosts', '/hosts/local', '/hosts/local/containers', `/hosts/local/containers/${id}`, '/auth/me', '/hosts/local/containers/']) {
    const [head, get] = [await client.head(path), await client.get(path)]
    t.equal(head.status, path === '/auth/me' ? 405 : 200, path)
    if (head.status === 200) t.match(head, { data: '', headers: { 'content-type': get.headers['content-type'] } })
  }
  for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs']) t.match(await axios.head(url + path, { proxy: false }), { status: 200, data: '' }, path)
  spies.local.reset()
  t.match(await client.head(`/hosts/local/containers/${id}/logs?follow=true`), { status: 405, headers: { allow: /GET/ } })
  t.match(await client.head(`/hosts/local/containers/${id}/stats`), { status: 405 })
  t.equal(spies.local.bytes, 0, 'a stream is not begun for it')
  t.equal((await client.head('/hosts/local/containers/nothing')).status, 404)
})

t.test('documents and lists are packed where that is asked for, and nothing else is', async t => {
  const raw = async (path: string, encoding: string, headers = {}) => await axios.get(url + path, { proxy: false, decompress: false, responseType: 'arraybuffer', validateStatus: () => true, headers: { authorization: `Bearer ${admin.token}`, 'accept-encoding': encoding, ...headers } })
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes }
  for (const path of ['/openapi.json', '/openapi.yaml', '/docs/swagger-ui.js', '/api/v1/audit?limit=100']) {
    const texts: string[] = []
    for (const encoding of ['br', 'gzip', 'identity'] as const) {
      const { status, headers, data } = await raw(path, encoding)
      t.match({ status, encoding: headers['content-encoding'] ?? 'identity', vary: headers.vary }, { status: 200, encoding, vary: encoding === 'identity' && path.startsWith('/api') ? undefined : /accept-encoding/i }, `${path} ${encoding}`)
      texts.push(String(unpack[encoding](data)))
    }
    t.ok(texts.every(text => text === texts[2]) || path.startsWith('/api'), path)
  }
  t.equal((await raw('/openapi.json', 'gzip;q=0, br;q=0')).headers['content-encoding'], undefined)
  for (const path of [`/api/v1/hosts/local/containers/${id}`, `/api/v1/hosts/local/containers/${id}/logs`, `/api/v1/hosts/local/containers/${id}/files?path=/etc`]) t.equal((await raw(path, 'br, gzip')).headers['content-encoding'], undefined, path)
  t.equal((await client.post('/tokens', { name: 'n' }, { headers: { 'accept-encoding': 'gzip' }, decompress: false })).headers['content-encoding'], undefined)
  for (const path of ['/openapi.json', '/docs/swagger-ui.js']) {
    const { headers: { etag } } = await raw(path, 'gzip')
    t.match(await raw(path, 'gzip', { 'if-none-match': `"x", W/${etag as string}` }), { status: 304 }, path)
    t.match(await raw(path, 'br', { 'if-none-match': etag }), { status: 200 }, 'another encoding has another tag')
  }
})

t.test('a list is packed in one piece', async t => {
  const list = async (query: string, encoding: string, method = 'GET') => await axios.request<Buffer>({ method, url: `${url}/api/v1/audit?${query}`, proxy: false, decompress: false, responseType: 'arraybuffer', validateStatus: () => true, headers: { authorization: `Bearer ${admin.token}`, 'accept-encoding': encoding } })
  const itemsOf = (bytes: Buffer) => (JSON.parse(String(bytes)) as { items: unknown[] }).items
  // Lines of the journal: of these there are many, and no more come while they are read.
  for (let calls = 0; calls < 250; calls++) await client.get('/auth/me')
  for (const [rows, bytes] of [[100, 14_600], [250, 64 * 1024]] as const) {
    const asked = `operation=session.me&limit=${rows}`
    const { data: plain } = await list(asked, 'identity')
    t.ok(plain.length > bytes && itemsOf(plain).length === rows, `${rows} rows`)
    for (const [encoding, unpack] of [['br', brotliDecompressSync], ['gzip', gunzipSync]] as const) {
      const [{ headers, data }, head] = [await list(asked, encoding), await list(asked, encoding, 'HEAD')]
      t.match(headers, { 'content-encoding': encoding, vary: 'Accept-Encoding', 'content-length': String(data.length), 'content-type': /^application\/json/ })
      t.same(itemsOf(unpack(data)), itemsOf(plain), `${rows} rows with ${encoding}`)
      t.ok(data.length < plain.length / 3, `${data.length} of ${plain.length} bytes`)
      t.match(head, { status: 200, data: { length: 0 }, headers: { 'content-encoding': encoding, vary: 'Accept-Encoding' } }, 'HEAD says the same')
    }
  }
  for (const query of ['operation=session.me&limit=10', 'limit=x']) {
    const { headers } = await list(query, 'br')
    t.same([headers['content-encoding'], headers.vary], [undefined, undefined], `what is small goes as it is: ${query}`)
  }
})

t.test('downloads have names', async t => {
  const nameOf = async (path: string) => (await client.get(path, { responseType: 'stream' }).then(({ data, headers }) => { data.destroy(); return headers['content-disposition'] }))
  t.equal(await nameOf(`/hosts/local/containers/${id}/files?path=/etc/passwd`), `attachment; filename="${id}-passwd.tar"`)
  t.equal(await nameOf(`/hosts/local/containers/${id}/export`), `attachment; filename="${id}.tar"`)
  t.equal(await nameOf(`/hosts/local/images-archive?image=${encodeURIComponent(image)}`), `attachment; filename="${image.replaceAll(/[/:]/g, '-')}.tar"`)
})

t.test('a path with a slash at its end is the path without', async t => {
  for (const path of ['/hosts/', '/hosts/local/containers/', `/hosts/local/containers/${id}/`, '/auth/me/']) t.equal((await client.get(path)).status, 200, path)
  t.match(await client.put('/hosts/local/containers/', {}), { status: 405, headers: { allow: 'GET, POST' } })
})

t.test('the root leads on', async t => {
  const root = async (accept: string) => await axios.get(`${url}/`, { proxy: false, maxRedirects: 0, validateStatus: () => true, headers: { accept } })
  t.match(await root('text/html,application/xhtml+xml,*/*;q=0.8'), { status: 302, headers: { location: '/docs' } })
  const { status, data } = await root('*/*')
  t.equal(status, 200)
  for (const path of ['docs', 'openapi', 'health', 'readiness']) t.equal((await axios.get(url + (data.links[path] as string), { proxy: false })).status, 200, path)
})

t.test('pages of other origins may call where the settings say so', async t => {
  const origin = 'https://console.example.com'
  const gateway = await startGateway(t, { environment: { CAISSON_ORIGINS: origin } })
  const asked = async (method: string, path: string, from: string, headers = {}) => await axios.request({ method, url: gateway.url + path, proxy: false, validateStatus: () => true, headers: { origin: from, ...headers } })
  const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' }
  for (const path of ['/api/v1/hosts/local/containers', '/graphql', '/api/v1/auth/login']) {
    t.match(await asked('OPTIONS', path, origin, preflight), { status: 204, headers: { 'access-control-allow-origin': origin, 'access-control-allow-headers': /authorization/, 'access-control-allow-methods': /PATCH/ } }, path)
    t.notOk((await asked('OPTIONS', path, 'https://other.example.com', preflight)).headers['access-control-allow-origin'], path)
  }
  const authorization = `Bearer ${gateway.admin.token}`
  t.match((await asked('GET', '/api/v1/hosts', origin, { authorization })).headers, { 'access-control-allow-origin': origin, vary: /Origin/, 'access-control-expose-headers': /X-Request-Id/ })
  t.match(await asked('GET', '/api/v1/hosts', origin), { status: 401, headers: { 'access-control-allow-origin': origin } }, 'a refusal is read as well')
  for (let calls = 0; calls < 60; calls++) await asked('GET', '/api/v1/auth/me', origin, { authorization })
  t.equal((await asked('GET', '/api/v1/audit?limit=100', origin, { authorization, 'accept-encoding': 'gzip' })).headers.vary, 'Origin, Accept-Encoding', 'also of what is packed')
  t.match((await asked('GET', `/api/v1/hosts/local/containers/${id}/logs`, origin, { authorization })).headers, { 'access-control-allow-origin': origin }, 'a stream')
  t.notOk((await axios.get(`${url}/api/v1/hosts`, { proxy: false, headers: { origin, authorization: `Bearer ${admin.token}` } })).headers['access-control-allow-origin'], 'none without the setting')
})
