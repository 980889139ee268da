/** Whether a container is absent or only hidden must not show in the time of the answer, by the measure of T-37. */
import t from 'tap'
import { image } from '../test/support/engines.js'
import { startGateway } from '../test/support/gateway.js'
import { mannWhitney, median } from '../test/support/statistics.js'

const ROUNDS = 400

const { admin, ann } = await startGateway(t)
const name = `hidden-${process.pid}`
const { body: { id } } = await admin.post('/hosts/local/containers', { image, name })
t.teardown(async () => { await admin.delete(`/hosts/local/containers/${id}`) })
await admin.post('/grants', { user: 'ann', role: 'viewer', hosts: ['local'], match: { owner: 'self' } })

async function timed (reference: string): Promise<number> {
  const begun = performance.now()
  const { status } = await ann.get(`/hosts/local/containers/${reference}`)
  const took = performance.now() - begun
  if (status !== 404) throw new Error(`${reference}: ${status}`)
  return took
}

t.test('what is absent and what is hidden take their time alike', { timeout: 200_000 }, async t => {
  const references = { hidden: name, absent: `absent-${process.pid}` }
  const times: Record<'hidden' | 'absent', number[]> = { hidden: [], absent: [] }
  for (let round = -20; round < ROUNDS; round++) {
    for (const kind of Math.random() < 0.5 ? ['hidden', 'absent'] as const : ['absent', 'hidden'] as const) {
      const took = await timed(references[kind])
      if (round >= 0) times[kind].push(took)
    }
  }
  const ratio = median(times.absent) / median(times.hidden)
  const p = mannWhitney(times.hidden, times.absent)
  t.comment(`medians: hidden ${median(times.hidden).toFixed(2)} ms, absent ${median(times.absent).toFixed(2)} ms, ratio ${ratio.toFixed(3)}, p ${p.toFixed(3)}`)
  t.ok(Math.abs(ratio - 1) < 0.05, `medians differ by ${((ratio - 1) * 100).toFixed(1)} %`)
  t.ok(p > 0.01, `p is ${p.toFixed(4)}`)
})
