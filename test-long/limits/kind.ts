import t from 'tap'
import type { EngineKind } from '../../scripts/lib/engine-kinds.mjs'
import { judged } from '../../test/docker/limits/judged.js'
import { privateEngine } from '../../test/support/engines.js'

/** On four engines and Podman, which takes three times as long: 100,000 together. */
const bodies = (kind: EngineKind): number => Number(process.env.CAISSON_TEST_BODIES ?? (kind === 'podman' ? 10_000 : 22_500))

/** Whatever is asked of an engine of a generation: it is refused, or what stands there is within the limits. */
export async function judgedOn (kind: EngineKind): Promise<void> {
  await t.test(`nothing goes beyond the limits on ${kind}`, { timeout: 880_000 }, async t => {
    const count = bodies(kind)
    const { statuses } = await judged(t, await privateEngine(t, { kind }), count)
    t.comment(JSON.stringify([...statuses]))
    t.equal([...statuses.values()].reduce((sum, some) => sum + some, 0), count, 'bodies were asked for')
    t.ok((statuses.get(201) ?? 0) > count / 20, `${statuses.get(201)} were made`)
    t.ok((statuses.get(403) ?? 0) > count / 4, `${statuses.get(403)} were refused`)
  })
}
