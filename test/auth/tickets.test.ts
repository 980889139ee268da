import t from 'tap'
import { Tickets, type Ticket, type TicketLimits } from '../../src/auth/tickets.js'
import type { Actor } from '../../src/model/caller.js'
import { operations } from '../../src/operations/index.js'

const actor = (id: string): Actor => ({ id, username: id, admin: false, credential: { kind: 'jwt', id: 'j', session: 's' } })
const operation = operations.get('host.info')
if (operation === undefined) throw new Error('there is no host.info')
const call = { actor: actor('ann'), operation, path: operation.path }
const limits: TicketLimits = { lifetimeMs: 30_000, perUser: 3, inputBytes: 100, bytes: 7 * 1024 }

/** Tickets whose time a test makes. */
function bed (some: Partial<TicketLimits> = {}) {
  const clock = { ms: Date.parse('2026-01-31T12:00:00Z') }
  return { clock, tickets: new Tickets({ now: () => new Date(clock.ms), limits: { ...limits, ...some } }) }
}

t.test('a ticket is random, has its inputs as they were, and is taken once', async t => {
  const { tickets } = bed()
  const input = { host: 'local' }
  const made = [tickets.make({ ...call, input }), tickets.make({ ...call, input })]
  input.host = 'other'
  t.equal(new Set(made.map(({ text }) => text)).size, 2)
  for (const { text, ticket } of made) {
    t.match(text, /^cat_[\w-]{43}$/)
    t.match(tickets.take(text), { id: ticket.id, actor: { id: 'ann' }, input: '{"host":"local"}', expires: new Date('2026-01-31T12:00:30Z') })
    t.equal(tickets.take(text), undefined)
  }
  t.equal(tickets.take(''), undefined)
  t.equal(tickets.take(made[0]?.ticket.id ?? ''), undefined, 'its id is worth nothing')
})

t.test('it is good until its time is over, and not at that moment', async t => {
  const { tickets, clock } = bed()
  const [early, late] = [tickets.make({ ...call, input: {} }), tickets.make({ ...call, input: {} })]
  clock.ms += 29_999
  t.ok(tickets.take(early.text))
  clock.ms += 1
  t.equal(tickets.take(late.text), undefined)
})

t.test('one user has so many and no more, until some are used or over', async t => {
  const { tickets, clock } = bed()
  const { text } = tickets.make({ ...call, input: {} })
  clock.ms += 10_000
  for (let made = 1; made < limits.perUser; made++) tickets.make({ ...call, input: {} })
  t.throws(() => tickets.make({ ...call, input: {} }), { code: 'rate-limited', retryAfterSeconds: 20 })
  t.ok(tickets.make({ ...call, actor: actor('bob'), input: {} }), 'that is nothing to others')
  tickets.take(text)
  t.ok(tickets.make({ ...call, input: {} }))
  t.throws(() => tickets.make({ ...call, input: {} }), { code: 'rate-limited' })
  clock.ms += limits.lifetimeMs
  t.ok(tickets.make({ ...call, input: {} }))
})

t.test('all of them together take so much and no more', async t => {
  const { tickets, clock } = bed()
  const make = (id: string): Ticket => tickets.make({ ...call, actor: actor(id), input: { text: 'x'.repeat(80) } }).ticket
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) make(id)
  t.throws(() => make('g'), { code: 'rate-limited', retryAfterSeconds: 30 })
  clock.ms += limits.lifetimeMs
  t.ok(make('g'))
})

t.test('inputs are bounded by their bytes', async t => {
  const { tickets } = bed()
  t.ok(tickets.make({ ...call, input: { text: 'x'.repeat(89) } }))
  t.throws(() => tickets.make({ ...call, input: { text: 'x'.repeat(90) } }), { code: 'too-large', detail: /100 bytes.*101/ })
  t.throws(() => tickets.make({ ...call, input: { text: 'ü'.repeat(45) } }), { code: 'too-large' })
})
