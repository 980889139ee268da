import t from 'tap'
import type { AnyOperation } from '../../src/operation/define.js'
import { takesTickets } from '../../src/operation/registry.js'
import { operations } from '../../src/operations/index.js'
import type { Client } from '../support/client.js'
import type { SeenRequest } from '../support/spy.js'
import { learnSchema, surfacesOf, type Call } from '../support/surfaces.js'
import { NAMES, PAT_PASSWORD, accessBed } from './access-bed.js'
import { TABLE, expected, type Expected, type RoleName, type Scope, type Whose } from './access-table.js'

const ROLES: readonly RoleName[] = ['viewer', 'operator', 'developer', 'auditor', 'admin']

const bed = await accessBed(t)
await learnSchema(bed.gateway.admin)

t.test('every operation has a row, and every row an operation', async t => {
  t.same(Object.keys(TABLE).sort(), [...operations].map(({ name }) => name).sort())
})

for (const role of ROLES) {
  t.test(`as ${role}`, { timeout: 110_000 }, async t => {
    await bed.as(role)
    const cells = [...operations].flatMap(operation => whoseOf(operation).map(whose => cellOf(operation, whose, role)))
    await refused(t, cells.filter(({ wanted }) => wanted !== 'allow'))
    await atOnce(cells.filter(({ wanted }) => wanted === 'allow'), async cell => { await allowed(t, cell) })
  })
}

t.test('no password and no token in what was logged', async t => {
  const logged = bed.gateway.logged.join('')
  for (const secret of [PAT_PASSWORD, bed.pat.token ?? '', bed.gateway.admin.token ?? '']) t.notOk(logged.includes(secret))
})

const scopeOf = ({ name }: AnyOperation): Scope => (TABLE[name]?.split(' ').at(-1) ?? '') as Scope

/** Of what is one's own there is a stranger's where the operation is about one. */
function whoseOf (operation: AnyOperation): Whose[] {
  switch (scopeOf(operation)) {
    case 'thing': case 'named': case 'names': return ['own', 'shared', 'foreign']
    case 'host': case 'whole': return operation.target === 'host' ? ['own', 'foreign'] : ['own']
    case 'maker': return ['foreign']
    // What is made with `self` and without a target is one's own.
    case 'self': case 'public': return []
    default: return ['own']
  }
}

/** The example, about something of this bed's. */
function inputOf ({ name, example, target, input }: AnyOperation, whose: Whose): Record<string, unknown> {
  const names = NAMES[whose]
  const about: Record<string, unknown> = { ...example }
  if (target === 'container') about.id = names.container
  if (target === 'image') about.image = names.image
  if (target === 'network') Object.assign(about, { network: names.network }, 'container' in input.properties ? { container: names.container } : {})
  if (target === 'volume') about.volume = names.volume
  if (target === 'host' && whose === 'foreign') about.host = 'other'
  const imageName = whose === 'own' ? 'mine/made:1' : 'caisson-access/made:1'
  if ('reference' in example) about.reference = Array.isArray(example.reference) ? example.reference : imageName
  if ('tags' in example) about.tags = [imageName]
  if (name === 'image.save') about.image = [NAMES.own.image]
  return about
}

interface Cell { readonly name: string, readonly operation: AnyOperation, readonly input: Record<string, unknown>, readonly wanted: Expected }

function cellOf (operation: AnyOperation, whose: Whose, role: RoleName): Cell {
  const wanted = expected(TABLE[operation.name] ?? '', role, whose)
  return { name: `${operation.name}, ${whose}: ${wanted}`, operation, wanted, input: inputOf(operation, whose) }
}

/** What would be let through is not done where it changes something: that would take away what the next cell is about. */
/** They are answered by what is not here: a container that ends, a registry. */
const WAITS_FOR_OTHERS = new Set(['container.wait', 'image.distribution'])

async function allowed (t: Tap, { name, operation, input }: Cell): Promise<void> {
  const { body } = await bed.gateway.admin.post('/grants/explain', { user: 'pat', operation: operation.name, input })
  t.match(body, { allowed: true, rule: /^grant:/ }, name)
  if (operation.class !== 'read' || operation.output.shape !== 'value' || WAITS_FOR_OTHERS.has(operation.name)) return
  for (const [surface, call] of Object.entries(surfacesOf(operation))) t.equal((await call(bed.pat, operation, input)).code, 'ok', `${name}, over ${surface}`)
}

/** Every surface says the same, the engine hears nothing but looks, and each refusal is in the journal with its rule. */
async function refused (t: Tap, cells: readonly Cell[]): Promise<void> {
  const { spies, services: { journal } } = bed.gateway
  const calls = cells.flatMap(cell => Object.entries({ ...surfacesOf(cell.operation), ...(takesTickets(cell.operation) ? { ticket: askForTicket } : {}) }).map(([surface, call]) => ({ ...cell, surface, call })))
  await journal.flush()
  const before = (await journal.list({ limit: 1 })).items[0]?.seq ?? 0
  spies.local.reset()
  spies.other.reset()
  await atOnce(calls, async ({ name, operation, input, wanted, surface, call }) => {
    const { code, status } = await call(bed.pat, operation, input)
    t.equal(code, wanted, `${name}, over ${surface}`)
    if (status !== undefined) t.equal(status, wanted === 'forbidden' ? 403 : 404, `${name}, over ${surface}: status`)
  })
  t.equal(spies.other.bytes, 0, 'a host without a grant heard nothing')
  t.same(spies.local.requests.filter(request => !isInspect(request)), [], 'the engine heard nothing but looks at targets')
  const items = await since(before)
  // Many refusals within a second are a line with their number.
  t.equal(items.reduce((sum, { outcome }) => sum + (outcome?.count ?? 1), 0), calls.length, 'each refusal is in the journal once')
  t.ok(items.every(({ stage, decision, actor }) => stage === 'denied' && decision?.effect === 'deny' && decision.rule !== '' && actor?.username === 'pat'), 'with its rule')
}

/** What the journal has more since a line, but for what the tests themselves ask as the admin. */
async function since (line: number) {
  const { journal } = bed.gateway.services
  await journal.flush()
  const items = []
  for (let cursor: string | undefined, page = await journal.list({ limit: 1000 }); ; page = await journal.list({ limit: 1000, cursor })) {
    items.push(...page.items.filter(({ seq, actor }) => seq > line && actor?.username !== 'admin'))
    cursor = page.nextCursor
    if (cursor === undefined || (page.items.at(-1)?.seq ?? 0) <= line) return items
  }
}

async function atOnce<T> (things: readonly T[], work: (thing: T) => Promise<void>): Promise<void> {
  const rest = [...things]
  await Promise.all(Array.from({ length: 12 }, async () => { for (let next = rest.shift(); next !== undefined; next = rest.shift()) await work(next) }))
}

type Tap = Pick<typeof t, 'equal' | 'match' | 'ok' | 'same'>

const isInspect = ({ method, url }: SeenRequest): boolean =>
  method === 'GET' && /^(?:\/v[\d.]+)?\/(?:(?:containers|images)\/.+\/json|(?:networks|volumes)\/[^/?]+|version)(?:\?.*)?$/.test(url)

const askForTicket: Call = async (client: Client, operation, input) => {
  const { status, body } = await client.post('/tickets', { operation: operation.name, input })
  return status === 200 ? { code: 'ok', status } : { code: body.code, status }
}
