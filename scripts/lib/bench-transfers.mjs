// Large transfers each way, through the gateway and straight to the engine, in turns. For the benchmark.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ask } from './api.mjs'
import { abort } from './bench-aborts.mjs'
import { timed } from './bench-curl.mjs'
import { rssOf } from './bench-gateway.mjs'
import { at, row } from './bench-table.mjs'
import { onExit } from './cleanup.mjs'
import { command, ensurePackages } from './debian.mjs'
import { until } from './processes.mjs'
import { tar } from './tar.mjs'

const MEBIBYTE = 1024 ** 2
const ROUNDS = 7
const HOP_PORT = 18_081
const agent = new Agent({ keepAlive: false })
const END = Buffer.alloc(1024)

/** @typedef {import('node:http').RequestOptions} Target */
/** @typedef {{ what: string, method: string, gateway: string, direct: string, file?: string, before?: () => Promise<unknown> }} Transfer */

/** @param {import('../bench.mjs').Bed} bed */
export async function * transferRows ({ engine, port, token, pid, mib }) {
  await startHop(engine.socketPath)
  for (const transfer of await transfers(engine, mib)) {
    /** @type {{ gateway: number[], hop: number[], direct: number[] }} */
    const taken = { gateway: [], hop: [], direct: [] }
    let growth = 0
    const targets = {
      gateway: { port, path: `/api/v1/hosts/local${transfer.gateway}`, headers: { authorization: `Bearer ${token}` } },
      hop: { port: HOP_PORT, path: transfer.direct },
      direct: { socketPath: engine.socketPath, path: transfer.direct }
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const side of /** @type {const} */ (['direct', 'hop'])) {
        await transfer.before?.()
        taken[side].push(await timed(targets[side], transfer, mib * MEBIBYTE))
      }
      await transfer.before?.()
      const memory = watchMemory(pid)
      taken.gateway.push(await timed(targets.gateway, transfer, mib * MEBIBYTE))
      growth = Math.max(growth, memory.stop())
    }
    const [gateway, hop, direct] = [taken.gateway, taken.hop, taken.direct].map(side => at(side, 0.5))
    yield row(`${transfer.what}, ${mib} MiB (s)`, ...seconds(gateway, direct), `+${growth.toFixed(0)} MiB`)
    yield row(`${transfer.what}, beside socat (s)`, ...seconds(gateway, hop))
    await transfer.before?.()
    const [left, leftDirectly] = [await abort(engine, transfer, targets.gateway, open), await abort(engine, transfer, targets.direct, open)]
    yield row(`${transfer.what}, broken off after 64 MiB: until the engine has let go (ms)`, left.ms.toFixed(0), leftDirectly.ms.toFixed(0), '', left.left.length === 0 ? 'nothing left' : `left: ${left.left.join(' ')}`)
  }
}

/** @param {number | undefined} one @param {number | undefined} other */
const seconds = (one = NaN, other = NaN) => [(one / 1000).toFixed(2), (other / 1000).toFixed(2), (one / other).toFixed(2)]

/**
 * The least that a second hop can do: written in C, it reads nothing and passes everything on. It tells what the gate
 * costs from what any hop costs on this machine.
 * @param {string} socketPath
 */
async function startHop (socketPath) {
  await ensurePackages([command('socat', 'socat', 'is the second hop that the gateway is measured against'), command('curl', 'curl', 'is the client of the transfers')])
  const child = spawn('socat', ['-b', '262144', `TCP-LISTEN:${HOP_PORT},bind=127.0.0.1,reuseaddr,fork`, `UNIX-CONNECT:${socketPath}`], { stdio: ['ignore', 'inherit', 'inherit'] })
  onExit(async () => { child.kill() })
  const pings = async () => (await answerOf({ port: HOP_PORT, path: '/_ping' }, 'GET')).resume().statusCode === 200
  if (!await until(() => pings().catch(() => false), 5000)) throw new Error('socat did not pass anything on')
}

/** @param {import('../bench.mjs').Bed['engine']} engine @param {number} mib @returns {Promise<Transfer[]>} */
async function transfers (engine, mib) {
  const { Id: id } = await ask(engine, 'POST', '/containers/create', { json: { Image: engine.image, Cmd: ['dd', 'if=/dev/urandom', 'of=/large', 'bs=1M', `count=${mib}`] } })
  await ask(engine, 'POST', `/containers/${id}/start`)
  await ask(engine, 'POST', `/containers/${id}/wait`, { timeoutMs: 300_000 })
  await ask(engine, 'POST', `/commit?container=${id}&repo=bench/large&tag=latest`, { json: {}, timeoutMs: 300_000 })
  const folder = mkdtempSync(join(tmpdir(), 'caisson-bench-'))
  onExit(async () => rmSync(folder, { recursive: true, force: true }))
  const [saved, copied, context] = ['saved.tar', 'copied.tar', 'context.tar'].map(name => join(folder, name))
  await save(engine, saved, mib)
  await writeFile(copied, large(mib, 'copied'))
  await writeFile(context, large(mib, 'context', { path: 'Dockerfile', data: 'FROM scratch\nCOPY Dockerfile /\n' }))
  const removed = () => ask(engine, 'DELETE', '/images/bench/large:latest?force=true', { timeoutMs: 60_000 }).catch(() => {})
  return [
    { what: 'save', method: 'GET', gateway: '/images-archive?image=bench/large:latest', direct: '/images/bench/large:latest/get' },
    { what: 'export', method: 'GET', gateway: `/containers/${id}/export`, direct: `/containers/${id}/export` },
    { what: 'copy out', method: 'GET', gateway: `/containers/${id}/files?path=/large`, direct: `/containers/${id}/archive?path=/large` },
    { what: 'copy in', method: 'PUT', gateway: `/containers/${id}/files?path=/tmp`, direct: `/containers/${id}/archive?path=/tmp`, file: copied },
    { what: 'build', method: 'POST', gateway: '/images/build', direct: '/build', file: context },
    { what: 'load', method: 'POST', gateway: '/images/load', direct: '/images/load', file: saved, before: removed }
  ]
}

/** @param {{ url: string }} engine @param {string} file @param {number} mib */
async function save (engine, file, mib) {
  const answer = await answerOf({ socketPath: engine.url.slice('unix://'.length), path: '/images/bench/large:latest/get' }, 'GET')
  await pipeline(answer, createWriteStream(file))
  if (statSync(file).size < mib * MEBIBYTE) throw new Error('the engine saved less than it should have')
}

/** A tar with one large file. @param {number} mib @param {string} name @param {Parameters<typeof tar>[0]} first */
function large (mib, name, ...first) {
  const megabyte = Buffer.alloc(MEBIBYTE, 'caisson ')
  const head = tar([...first, { path: name, data: '' }]).subarray(0, -END.length)
  sizeInto(head.subarray(-512), mib * MEBIBYTE)
  return Readable.from((function * () {
    yield head
    for (let nth = 0; nth < mib; nth++) yield megabyte
    yield END
  }()), { objectMode: false, highWaterMark: MEBIBYTE })
}

/** @param {Buffer} header of a tar's entry @param {number} size */
function sizeInto (header, size) {
  header.write(size.toString(8).padStart(11, '0'), 124, 'latin1')
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
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
  const now = () => rssOf(pid)
  const before = now()
  let most = before
  const timer = setInterval(() => { most = Math.max(most, now()) }, 50)
  return { stop: () => { clearInterval(timer); return Math.max(most, now()) - before } }
}
