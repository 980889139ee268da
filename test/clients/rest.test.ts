import { gzipSync } from 'node:zlib'
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
    t.equal(await put(at, tar), 204, type ?? 'none')
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
