import t from 'tap'
import { engine } from './bed.js'
import { judged } from './judged.js'

/** In the long run 100,000, on all engines: see test-long/limits. */
const BODIES = 300

t.test('whatever is asked for: it is refused, or what stands there is within the limits', { timeout: 120_000 }, async t => {
  const { statuses } = await judged(t, engine, BODIES)
  t.comment(JSON.stringify([...statuses]))
  t.ok((statuses.get(201) ?? 0) > BODIES / 20, `${statuses.get(201)} were made`)
  t.ok((statuses.get(403) ?? 0) > BODIES / 4, `${statuses.get(403)} were refused`)
})
