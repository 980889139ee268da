import t from 'tap'
import { newId } from '../src/lib/ids.js'

t.test('ids are ULIDs, all different, and sort by their time', async t => {
  const before = Date.now()
  const ids = Array.from({ length: 10_000 }, newId)
  t.ok(ids.every(id => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id)))
  t.equal(new Set(ids).size, ids.length)
  t.same([...new Set(ids.map(id => id.slice(0, 10)))].sort(), [...new Set(ids.map(id => id.slice(0, 10)))])
  const letters = new Set(ids.flatMap(id => [...id.slice(10)]))
  t.equal(letters.size, 32, 'chance has every letter')
  while (Date.now() <= before) await new Promise(resolve => setImmediate(resolve))
  t.ok(newId() > (ids[0] ?? ''))
})
