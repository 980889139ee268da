// What a repeat under an Idempotency-Key costs, and that the engine hears nothing of it. For the benchmark.
import { randomUUID } from 'node:crypto'

const TIMES = 1000

/** @typedef {(method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<{ status: number, text: string }>} Send */

/**
 * One row, with the calls to the engine as the gateway's own metrics count them.
 * @param {Send} gateway
 * @param {() => Promise<string>} metrics
 * @param {string} image
 */
export async function repeatsRow (gateway, metrics, image) {
  const headers = { 'idempotency-key': randomUUID() }
  const create = () => gateway('POST', '/hosts/local/containers', { image, name: 'bench-repeated' }, headers)
  const first = await create()
  const before = engineCalls(await metrics())
  const taken = []
  for (let time = 0; time < TIMES; time++) {
    const begun = performance.now()
    const again = await create()
    taken.push(performance.now() - begun)
    if (again.status !== 201 || again.text !== first.text) throw new Error(`a repeat was answered ${again.status}: ${again.text}`)
  }
  const calls = engineCalls(await metrics()) - before
  const median = taken.sort((a, b) => a - b)[TIMES / 2] ?? NaN
  return `| ${TIMES} idempotent repeats: p50 (ms), and calls to the engine | ${median.toFixed(2)} | ${calls} | | |`
}

/** @param {string} text in Prometheus' format */
function engineCalls (text) {
  const counts = [...text.matchAll(/^caisson_engine_calls_total\{[^}]*\} (\d+)$/gm)]
  if (counts.length === 0) throw new Error('the metrics do not count calls to the engine')
  return counts.reduce((sum, [, count]) => sum + Number(count), 0)
}
