import fc from 'fast-check'
import t from 'tap'
import { Access } from '../../src/authorization/access.js'
import { covers, isOnHost, type EffectiveGrant } from '../../src/authorization/effective-grant.js'
import { compileMatch, type Match } from '../../src/authorization/selector.js'
import { UserGrantIndex, GrantIndexCache } from '../../src/authorization/grant-index-cache.js'
import { anyOf, beginOf } from '../../src/authorization/patterns.js'
import type { Actor } from '../../src/model/caller.js'
import type { Resource } from '../../src/model/resource.js'
import type { Target } from '../../src/model/target.js'
import { operations } from '../../src/operations/index.js'

const OPERATIONS = ['container.stop', 'container.rename', 'image.tag', 'image.inspect', 'volume.inspect', 'network.list'] as const
const word = fc.constantFrom('team', 'stage', 'a', 'b', 'ab', 'constructor', '__proto__')
const labels = fc.dictionary(word, word, { maxKeys: 3 })
const some = (...patterns: string[]) => fc.uniqueArray(fc.constantFrom(...patterns), { minLength: 1, maxLength: 3 })
const match: fc.Arbitrary<Match | null> = fc.option(fc.record({
  labels,
  names: some('web-*', '*', '*-1', 'web-1', 'w*b-*'),
  images: some('busybox', 'busybox:1', 'docker.io/library/busy*', 'registry.example/a/*', '*@sha256:0', 'registry.example/a/b'),
  owner: fc.constant('self' as const)
}, { requiredKeys: [] }))
const reference = fc.constantFrom('busybox', 'busybox:1', 'docker.io/library/busybox', 'registry.example/a/b', 'registry.example/a/b@sha256:0', 'busybox@sha256:0')
const thing: fc.Arbitrary<Resource> = fc.record({
  kind: fc.constantFrom('container', 'image', 'network', 'volume'),
  host: fc.constantFrom('prod-1', 'dev'),
  labels,
  name: fc.constantFrom('web-1', 'web', 'db-1'),
  image: reference,
  references: fc.array(reference, { maxLength: 3 }),
  owner: fc.constantFrom('U', 'V')
}, { requiredKeys: ['kind'] })
const grants = (maxLength: number) => fc.array(fc.tuple(match, some('prod-*', '*', 'dev', 'prod-1')), { maxLength })

const granted = (spec: Match | null, hosts: readonly string[], at: number): EffectiveGrant => ({
  id: String(at), role: 'viewer', rights: { operations: new Set<string>(), kinds: new Set<never>() }, hosts, onHost: anyOf(hosts), requiredHost: { of: 'host', begins: hosts.map(beginOf) }, limits: null, quota: null, match: spec === null ? null : compileMatch(spec)
})
const ids = (grants: readonly EffectiveGrant[]) => grants.map(({ id }) => id)

t.test('whatever means a thing is among those that may, in the same order', async t => {
  let left = 0
  fc.assert(fc.property(grants(16), thing, (specs, thing) => {
    const all = specs.map(([spec, hosts], at) => granted(spec, hosts, at))
    const about = new UserGrantIndex(all).about(thing, all, 'U')
    const means = (grant: EffectiveGrant) => (thing.host === undefined || isOnHost(grant, thing.host)) && covers(grant, thing, 'U')
    if (about.length < all.length) left++
    return JSON.stringify(ids(about.filter(means))) === JSON.stringify(ids(all.filter(means))) &&
      JSON.stringify(ids(about)) === JSON.stringify(ids(all.filter(grant => about.includes(grant))))
  }), { numRuns: 20_000 })
  t.ok(left > 5000, `some were left out in ${left} runs`)
})

const KINDS = ['container', 'image', 'network', 'volume'] as const
const rights = fc.record({ operations: fc.uniqueArray(fc.constantFrom(...OPERATIONS)), kinds: fc.uniqueArray(fc.constantFrom(...KINDS)) }).map(({ operations, kinds }) => ({ operations: new Set<string>(operations), kinds: new Set<typeof KINDS[number]>(kinds) }))
const NARROWED = { allows: (name: string) => name !== 'image.tag', onHost: (host: string) => host !== 'dev', isEverywhere: false }

t.test('every decision is the same as by looking at all of them', async t => {
  const calls = fc.record({ operation: fc.constantFrom(...OPERATIONS), thing, isExec: fc.boolean(), isNarrowed: fc.boolean(), newName: fc.constantFrom('web-9', 'z') })
  const actor: Actor = { id: 'U', username: 'u', admin: false, credential: { kind: 'internal', id: 'test' } }
  const results = new Set<string>()
  fc.assert(fc.property(fc.array(fc.tuple(match, some('prod-*', '*', 'dev', 'prod-1'), rights), { maxLength: 16 }), calls, (specs, call) => {
    const all = specs.map(([spec, hosts, rights], at) => ({ ...granted(spec, hosts, at), rights, ...(call.isNarrowed ? { scope: NARROWED } : {}) }))
    const operation = operations.get(call.operation)
    if (operation === undefined) throw new Error(`there is no ${call.operation}`)
    const thing = { ...call.thing, host: call.thing.host ?? 'dev' }
    const target: Target = call.isExec ? { kind: 'exec', id: 'e', reference: 'e', host: thing.host, owner: 'U', within: thing } : { ...thing, id: 'i', reference: 'ref' }
    const input = { host: thing.host, id: 'ref', image: 'ref', name: call.newName, reference: 'registry.example/a/b:x' }
    const [plain, ordered] = [new Access(actor, all), new Access(actor, all, new UserGrantIndex(all))].map(access => {
      const { failure, ...decision } = { failure: undefined, ...access.decide(operation, input, target) }
      results.add(`${decision.effect} ${decision.rule.split(':')[0]}`)
      return JSON.stringify([decision, failure, access.allows(call.operation, thing), access.knows(thing), ids(access.grantsFor(operation, input, target))])
    })
    return plain === ordered
  }), { numRuns: 20_000 })
  t.same([...results].sort(), ['allow grant', 'deny invisible', 'deny no-grant', 'deny not-covered'])
})

const SHAPES: Readonly<Record<string, (at: number) => Match>> = {
  labels: at => ({ labels: { team: `t${at}` } }),
  'labels, and the same names for all': at => ({ labels: { team: `t${at}` }, names: ['web-*'] }),
  names: at => ({ names: [`web-${at}-*`] }),
  'names, and the same label for all': at => ({ labels: { team: 't7' }, names: [`web-${at}-*`] }),
  images: at => ({ images: [`registry.example/t${at}/*`] }),
  'some by labels, some by names': at => at % 2 === 1 ? { labels: { team: `t${at}` } } : { names: [`web-${at}-*`] }
}

t.test('of a thousand, one thing is about few, whatever they ask for', async t => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    const all = Array.from({ length: 1000 }, (_, at) => granted(shape(at), ['prod-*'], at))
    const about = new UserGrantIndex(all).about({ kind: 'container', host: 'prod-1', name: 'web-7-a', image: 'registry.example/t7/x:1', labels: { team: 't7', stage: 'x' } }, all, 'U')
    t.ok(about.length < 5 && ids(about).includes('7'), `${name}: ${ids(about)}`)
  }
})

t.test('the order of a user is kept while their grants ask for the same, also where they are narrowed', async t => {
  const all = Array.from({ length: 100 }, (_, at) => granted({ names: [`web-${at}`] }, ['*'], at))
  const orders = new GrantIndexCache()
  const order = orders.of('U', all)
  t.equal(orders.of('U', all.map(grant => ({ ...grant, id: 'another' }))), order)
  t.not(orders.of('V', all), order)
  const scoped = all.map(grant => ({ ...grant, scope: { allows: () => false, onHost: () => false, isEverywhere: false } }))
  t.same(order?.about({ kind: 'container', host: 'local', name: 'web-7' }, scoped, 'U'), [scoped[7]])
  t.not(orders.of('U', all.slice(1)), order, 'one is gone')
  t.not(orders.of('U', [...all.slice(1), granted({ names: ['db'] }, ['*'], 0)]), order, 'one is another')
  t.equal(orders.of('U', all.slice(0, 3)), undefined, 'few are all looked at')
})
