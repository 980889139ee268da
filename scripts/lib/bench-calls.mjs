// Short calls, one that reads and two that change. For the benchmark.
import { ask, removeContainer } from './api.mjs'
import { beside, compare } from './bench-table.mjs'

/** @param {import('../bench.mjs').Bed} bed */
export async function * callRows ({ engine, gateway, direct }) {
  const { Id: id } = await ask(engine, 'POST', '/containers/create?name=bench', { json: { Image: engine.image, Cmd: ['sleep', '600'] } })
  await ask(engine, 'POST', `/containers/${id}/start`)
  yield * beside('container.inspect', await compare(1000, () => gateway('GET', `/hosts/local/containers/${id}`), () => direct('GET', `/containers/${id}/json`)))
  yield * beside('stop and start', await compare(20, async () => {
    await gateway('POST', `/hosts/local/containers/${id}/stop`, { timeoutSeconds: 0 })
    await gateway('POST', `/hosts/local/containers/${id}/start`)
  }, async () => {
    await direct('POST', `/containers/${id}/stop?t=0`)
    await direct('POST', `/containers/${id}/start`)
  }))
  await removeContainer(engine, id)
}
