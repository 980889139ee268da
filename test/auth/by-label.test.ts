import fc from 'fast-check'
import t from 'tap'
import { GrantsByLabel } from '../../src/auth/access/by-label.js'
import { covers, type Granted } from '../../src/auth/access/grant.js'
import { compileMatch } from '../../src/auth/access/match.js'
import type { Thing } from '../../src/operation/things.js'

const word = fc.constantFrom('team', 'stage', 'a', 'b', 'constructor', '__proto__')
const labels = fc.dictionary(word, word, { maxKeys: 3 })
const match = fc.option(fc.record({ labels, names: fc.constantFrom(['web-*'], ['*']), owner: fc.constant('self' as const) }, { requiredKeys: [] }))
const thing: fc.Arbitrary<Thing> = fc.record({ kind: fc.constantFrom('container', 'image', 'network', 'volume'), labels, name: fc.constantFrom('web-1', 'db'), owner: fc.constantFrom('U', 'V') }, { requiredKeys: ['kind'] })

const grantsOf = (matches: ReadonlyArray<Parameters<typeof compileMatch>[0] | null>): Granted[] => matches.map((spec, at) => ({
  id: String(at), role: 'viewer', rights: { operations: new Set<string>(), kinds: new Set<never>() }, hosts: ['*'], onHost: () => true, limits: null, quota: null, match: spec === null ? null : compileMatch(spec)
}))

t.test('whatever means a thing is among those that may, in the same order', async t => {
  fc.assert(fc.property(fc.array(match, { maxLength: 12 }), fc.option(thing, { nil: undefined }), (matches, thing) => {
    const grants = grantsOf(matches)
    const about = new GrantsByLabel(grants).about(thing)
    const means = (grant: Granted) => thing === undefined || covers(grant, thing, 'U')
    t.same(about.filter(means).map(({ id }) => id), grants.filter(means).map(({ id }) => id))
    t.same(about, grants.filter(grant => about.includes(grant)))
  }), { numRuns: 500 })
})

t.test('of a thousand, one thing is about few', async t => {
  const grants = grantsOf(Array.from({ length: 1000 }, (_, at) => ({ labels: { team: `t${at}` } })))
  t.same(new GrantsByLabel(grants).about({ kind: 'container', labels: { team: 't7', stage: 'x' } }).map(({ id }) => id), ['7'])
})
