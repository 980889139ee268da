// One gigabyte each way, through the gateway and straight to the engine, in turns. For the benchmark.
import { createReadStream, createWriteStream, readFileSync, rmSync, statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ask } from './api.mjs'
import { abort } from './bench-aborts.mjs'
import { onExit } from './cleanup.mjs'
import { tar } from './tar.mjs'

const GIBIBYTE = 1024 ** 3
const ROUNDS = 3
const agent = new Agent({ keepAlive: false })
const END = Buffer.alloc(1024)

/** @typedef {import('node:http').RequestOptions} Target */
/** @typedef {{ what: string, method: string, gateway: string, direct: string, body?: () => Readable, before?: () => Promise<unknown> }} Transfer */

/**
 * @param {{ engine: { url: string, socketPath: string, image: string }, port: number, token: string, pid: number }} bed
 * @returns {Promise<string[]>} rows of the table
 */
export async function transferRows ({ engine, port, token, pid }) {
  const rows = []
  for (const transfer of await transfers(engine)) {
    /** @type {{ gateway: number[], direct: number[] }} */
    const taken = { gateway: [], direct: [] }
    let growth = 0
    const targets = {
      gateway: { port, path: `/api/v1/hosts/local${transfer.gateway}`, headers: { authorization: `Bearer ${token}` } },
      direct: { socketPath: engine.socketPath, path: transfer.direct }
    }
    for (let round = 0; round < ROUNDS; round++) {
      await transfer.before?.()
      taken.direct.push(await timed(targets.direct, transfer))
      await transfer.before?.()
      const memory = watchMemory(pid)
      taken.gateway.push(await timed(targets.gateway, transfer))
      growth = Math.max(growth, memory.stop())
    }
    const [gateway, direct] = [median(taken.gateway), median(taken.direct)]
    rows.push(`| ${transfer.what}, 1 GiB (s) | ${(gateway / 1000).toFixed(2)} | ${(direct / 1000).toFixed(2)} | ${(gateway / direct).toFixed(2)} | +${growth.toFixed(0)} MiB |`)
    await transfer.before?.()
    const [left, leftDirectly] = [await abort(engine, transfer, targets.gateway, open), await abort(engine, transfer, targets.direct, open)]
    rows.push(`| ${transfer.what}, broken off after 64 MiB: until the engine has let go (ms) | ${left.ms.toFixed(0)} | ${leftDirectly.ms.toFixed(0)} | | ${left.left.length === 0 ? 'nothing left' : `left: ${left.left.join(' ')}`} |`)
  }
  return rows
}

/** @param {{ url: string, image: string }} engine @returns {Promise<Transfer[]>} */
async function transfers (engine) {
  const { Id: id } = await ask(engine, 'POST', '/containers/create', { json: { Image: engine.image, Cmd: ['dd', 'if=/dev/urandom', 'of=/large', 'bs=1M', 'count=1024'] } })
  await ask(engine, 'POST', `/containers/${id}/start`)
  await ask(engine, 'POST', `/containers/${id}/wait`, { timeoutMs: 300_000 })
  await ask(engine, 'POST', `/commit?container=${id}&repo=bench/large&tag=latest`, { json: {}, timeoutMs: 300_000 })
  const saved = join(tmpdir(), `caisson-bench-${process.pid}.tar`)
  onExit(async () => rmSync(saved, { force: true }))
  await save(engine, saved)
  const removed = () => ask(engine, 'DELETE', '/images/bench/large:latest?force=true', { timeoutMs: 60_000 }).catch(() => {})
  return [
    { what: 'save', method: 'GET', gateway: '/images-archive?image=bench/large:latest', direct: '/images/bench/large:latest/get' },
    { what: 'export', method: 'GET', gateway: `/containers/${id}/export`, direct: `/containers/${id}/export` },
    { what: 'copy out', method: 'GET', gateway: `/containers/${id}/files?path=/large`, direct: `/containers/${id}/archive?path=/large` },
    { what: 'copy in', method: 'PUT', gateway: `/containers/${id}/files?path=/tmp`, direct: `/containers/${id}/archive?path=/tmp`, body: () => large('copied') },
    { what: 'build', method: 'POST', gateway: '/images/build', direct: '/build', body: () => large('context', { path: 'Dockerfile', data: 'FROM scratch\nCOPY Dockerfile /\n' }) },
    { what: 'load', method: 'POST', gateway: '/images/load', direct: '/images/load', body: () => createReadStream(saved, { highWaterMark: 1 << 20 }), before: removed }
  ]
}

/** @param {{ url: string }} engine @param {string} file */
async function save (engine, file) {
  const answer = await answerOf({ socketPath: engine.url.slice('unix://'.length), path: '/images/bench/large:latest/get' }, 'GET')
  await pipeline(answer, createWriteStream(file))
  if (statSync(file).size < GIBIBYTE) throw new Error('the engine saved less than it should have')
}

/** A tar with one file of a gibibyte. @param {string} name @param {Parameters<typeof tar>[0]} first */
function large (name, ...first) {
  const megabyte = Buffer.alloc(1 << 20, 'caisson ')
  const head = tar([...first, { path: name, data: '' }]).subarray(0, -END.length)
  sizeInto(head.subarray(-512), GIBIBYTE)
  return Readable.from((function * () {
    yield head
    for (let nth = 0; nth < 1024; nth++) yield megabyte
    yield END
  }()), { objectMode: false, highWaterMark: 1 << 20 })
}

/** @param {Buffer} header of a tar's entry @param {number} size */
function sizeInto (header, size) {
  header.write(size.toString(8).padStart(11, '0'), 124, 'latin1')
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}

/** @param {Target} target @param {Transfer} transfer */
async function timed (target, { what, method, body }) {
  const begun = performance.now()
  const answer = await answerOf(target, method, body?.())
  let tail = ''
  for await (const chunk of answer) tail = (tail + chunk.subarray(-2000).toString('latin1')).slice(-2000)
  if ((answer.statusCode ?? 0) >= 300 || /"error"|"type":"error"/.test(tail)) throw new Error(`${what}: ${answer.statusCode} ${tail}`)
  return performance.now() - begun
}

/** @param {Target} target @param {string} method @param {Readable} [body] @returns {Promise<import('node:http').IncomingMessage>} */
const answerOf = async (target, method, body) => await open(target, method, body).answer

/** @param {Target} target @param {string} method @param {Readable} [body] */
function open (target, method, body) {
  const type = body === undefined ? {} : { 'content-type': 'application/x-tar' }
  const outgoing = request({ ...target, method, agent, headers: { ...target.headers, ...type } })
  /** @type {Promise<import('node:http').IncomingMessage>} */
  const answer = new Promise((resolve, reject) => {
    outgoing.once('response', resolve).on('error', reject)
    if (body === undefined) outgoing.end()
    else pipeline(body, outgoing).catch(reject)
  })
  return { outgoing, answer }
}

/** How far the process grows meanwhile, in MiB. @param {number} pid */
function watchMemory (pid) {
  const now = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  const before = now()
  let most = before
  const timer = setInterval(() => { most = Math.max(most, now()) }, 50)
  return { stop: () => { clearInterval(timer); return Math.max(most, now()) - before } }
}

/** @param {number[]} values */
const median = values => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN
