// What a repeat under an Idempotency-Key costs, and that the engine hears nothing of it. For the benchmark.
import { randomUUID } from 'node:crypto'
import { removeContainer } from './api.mjs'
import { callsCounted } from './bench-lists.mjs'
import { at, row } from './bench-table.mjs'

const TIMES = 1000

/** @param {import('../bench.mjs').Bed} bed */
export async function * repeatRows ({ engine, gateway, bare }) {
  const headers = { 'idempotency-key': randomUUID() }
  const create = () => gateway('POST', '/hosts/local/containers', { image: engine.image, name: 'bench-repeated' }, headers)
  const first = await create()
  const before = await callsCounted(bare)
  const taken = []
  for (let time = 0; time < TIMES; time++) {
    const begun = performance.now()
    const again = await create()
    taken.push(performance.now() - begun)
    if (again.status !== 201 || again.text !== first.text) throw new Error(`a repeat was answered ${again.status}: ${again.text}`)
  }
  const calls = await callsCounted(bare) - before
  yield row(`${TIMES} idempotent repeats p50 (ms)`, at(taken, 0.5).toFixed(2))
  yield row('calls to the engine for all of them', calls)
  await removeContainer(engine, JSON.parse(first.text).id)
}
