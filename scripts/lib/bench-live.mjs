// What many readers of one log cost: 1,000 who read, 200 who do not, 5,000 who come and go. For the benchmark.
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, removeContainer } from './api.mjs'
import { rssOf } from './bench-gateway.mjs'
import { callsCounted } from './bench-lists.mjs'
import { at, row } from './bench-table.mjs'

const FOLLOWERS = 1000
const LINES = 200
const SILENT = 200
const SHORT = 5000
/** The machine has to make as many clients as the gateway has readers: not all at once. */
const AT_ONCE = 50
const HEADER_BYTES = 8

/** @typedef {import('../bench.mjs').Bed} Bed */

/** @param {Bed} bed */
export async function * liveRows (bed) {
  yield * followerRows(bed)
  yield * silentRows(bed)
  yield * shortRows(bed)
}

/** Ten lines a second, each with its own time by the engine's clock, which is this machine's. @param {Bed} bed */
async function * followerRows (bed) {
  const id = await run(bed, `while [ ! -e /go ]; do sleep 0.1; done; i=0; while [ $i -lt ${LINES} ]; do echo line $i; i=$((i+1)); sleep 0.1; done`)
  const before = rssOf(bed.pid)
  const calls = await callsCounted(bed.bare)
  /** @type {{ gateway: number[], direct: number[] }} */
  const delays = { gateway: [], direct: [] }
  let misplaced = 0
  const followers = await many(FOLLOWERS, async () => {
    const socket = await follow(bed, id)
    let next = 0
    socket.on('message', (/** @type {Buffer} */ data) => {
      const { type, text, time } = JSON.parse(String(data))
      if (type !== 'log') return
      if (text !== `line ${next++}`) misplaced++
      delays.gateway.push(Date.now() - Date.parse(time))
    })
    return { ended: once(socket, 'close').then(() => next) }
  })
  const opened = await callsCounted(bed.bare) - calls
  const directly = followDirectly(bed, id, time => delays.direct.push(Date.now() - Date.parse(time)))
  await touch(bed, id, '/go')
  const counts = await Promise.all(followers.map(({ ended }) => ended))
  await directly
  const lost = counts.filter(count => count !== LINES).length
  if (lost > 0 || misplaced > 0) throw new Error(`${lost} followers did not get every line, and ${misplaced} lines came out of order`)
  for (const [name, share] of /** @type {Array<[string, number]>} */ ([['p50', 0.5], ['p99', 0.99]])) {
    yield row(`a line to 1,000 followers, beside the engine to one: ${name} (ms)`, at(delays.gateway, share), at(delays.direct, share), '', `+${(rssOf(bed.pid) - before).toFixed(0)} MiB`)
  }
  yield row('calls to the engine to open 1,000 followers', opened)
  await removeContainer(bed.engine, id)
}

/** @param {Bed} bed */
async function * silentRows (bed) {
  const id = await run(bed, 'x=$(head -c 2000 /dev/zero | tr \'\\0\' x); i=0; while :; do echo line $i $x; i=$((i+1)); sleep 0.005; done')
  const before = rssOf(bed.pid)
  let most = before
  const sockets = await many(SILENT, async () => {
    const socket = await follow(bed, id)
    socket.pause()
    return socket
  })
  for (const begun = performance.now(); performance.now() - begun < 20_000; await sleep(200)) most = Math.max(most, rssOf(bed.pid))
  yield row('200 readers that read nothing, for 20 s', '', '', '', `+${(most - before).toFixed(0)} MiB`)
  for (const socket of sockets) socket.terminate()
  await removeContainer(bed.engine, id)
}

/** @param {Bed} bed */
async function * shortRows (bed) {
  const id = await run(bed, 'echo up; sleep 600')
  const descriptors = () => readdirSync(`/proc/${bed.pid}/fd`).length
  await sleep(1000)
  const [before, held] = [descriptors(), rssOf(bed.pid)]
  const begun = performance.now()
  await many(SHORT, async () => {
    const socket = await follow(bed, id)
    socket.terminate()
  })
  const ms = performance.now() - begun
  for (let tries = 0; descriptors() > before && tries < 100; tries++) await sleep(100)
  yield row('5,000 streams opened and closed: each (ms), and descriptors left behind', (ms / SHORT).toFixed(2), '', '', `+${(rssOf(bed.pid) - held).toFixed(0)} MiB, ${Math.max(descriptors() - before, 0)} descriptors`)
  await removeContainer(bed.engine, id)
}

/** @param {Bed} bed @param {string} script */
async function run ({ engine }, script) {
  const { Id: id } = await ask(engine, 'POST', '/containers/create', { json: { Image: engine.image, Cmd: ['sh', '-c', script] } })
  await ask(engine, 'POST', `/containers/${id}/start`)
  return id
}

/** @param {Bed} bed @param {string} id @param {string} file */
async function touch ({ engine }, id, file) {
  const { Id: exec } = await ask(engine, 'POST', `/containers/${id}/exec`, { json: { Cmd: ['touch', file] } })
  await ask(engine, 'POST', `/exec/${exec}/start`, { json: { Detach: true } })
}

/** @param {Bed} bed @param {string} id */
async function follow ({ port, token }, id) {
  const { WebSocket } = await import('ws')
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/hosts/local/containers/${id}/logs?follow=true`, { headers: { authorization: `Bearer ${token}` } })
  await once(socket, 'open')
  return socket
}

/** @param {Bed} bed @param {string} id @param {(time: string) => void} take one call for each line */
async function followDirectly ({ engine: { socketPath } }, id, take) {
  const outgoing = request({ socketPath, path: `/containers/${id}/logs?follow=1&stdout=1&timestamps=1` }).end()
  const [answer] = await once(outgoing, 'response')
  for await (const chunk of answer) {
    for (const line of chunk.subarray(HEADER_BYTES).toString().split('\n').filter(Boolean)) take(line.slice(line.search(/\d{4}-/)).split(' ')[0])
  }
}

/** @template T @param {number} count @param {() => Promise<T>} make @returns {Promise<T[]>} */
async function many (count, make) {
  /** @type {T[]} */
  const all = []
  while (all.length < count) all.push(...await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - all.length) }, make)))
  return all
}
