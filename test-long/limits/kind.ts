import t from 'tap'
import type { EngineKind } from '../../scripts/lib/engine-kinds.mjs'
import { judged } from '../../test/docker/limits/judged.js'
import { privateEngine } from '../../test/support/engines.js'

/** On each of five engines: 100,000 bodies together. */
const BODIES = Number(process.env.CAISSON_TEST_BODIES ?? 20_000)

/** Whatever is asked of an engine of a generation: it is refused, or what stands there is within the limits. */
export async function judgedOn (kind: EngineKind): Promise<void> {
  await t.test(`nothing goes beyond the limits on ${kind}`, { timeout: 880_000 }, async t => {
    const { statuses } = await judged(t, await privateEngine(t, { kind }), BODIES)
    t.comment(JSON.stringify([...statuses]))
    t.equal([...statuses.values()].reduce((sum, count) => sum + count, 0), BODIES, 'bodies were asked for')
    t.ok((statuses.get(201) ?? 0) > BODIES / 20, `${statuses.get(201)} were made`)
    t.ok((statuses.get(403) ?? 0) > BODIES / 4, `${statuses.get(403)} were refused`)
  })
}
