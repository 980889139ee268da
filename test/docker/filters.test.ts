import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { operations } from '../../src/operations/index.js'
import { privateEngine } from '../support/engines.js'
import { engineSource } from './limits/engine-fields.js'

const engine = await privateEngine(t)
const { text } = await engineSource(t)

/** Where the engine's source has the names of filters that it knows. */
const SOURCES = ['daemon/list.go', 'daemon/prune.go', 'daemon/images/images.go', 'daemon/images/image_prune.go', 'api/types/network/network.go']
const EVENTS = 'daemon/events/filter.go'
/** What newer engines know beside that. */
const NEWER = ['all', 'until', 'publish', 'expose']

const candidates = [...new Set([...SOURCES.flatMap(file => [...text(file).matchAll(/^\s+"([a-z!-]+)":\s+true,$/gm)].map(([, name = '']) => name)), ...NEWER, 'no-such-filter'])]

/** The words by which events are looked at; the engine takes any name, and heeds these. */
function eventFilters (): string[] {
  const kinds = new Map([...text('api/types/events/events.go').matchAll(/^\t(\w+EventType) = "(\w+)"$/gm)].map(([, constant = '', kind = '']) => [constant, kind]))
  const own = [...text(EVENTS).matchAll(/ef\.filter\.\w+\("(\w+)"|ef\.filterContains\("(\w+)"/g)].map(([, one, other]) => one ?? other ?? '')
  const named = [...text(EVENTS).matchAll(/fuzzyMatchName\(ev, events\.(\w+)\)/g)].map(([, constant = '']) => kinds.get(constant) ?? constant)
  return [...new Set([...own, ...named])]
}

const camelled = (name: string) => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The inputs that are called otherwise than the engine's filters. */
const OTHERWISE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'image.prune': { dangling: 'all' },
  'host.events': { type: 'kind', event: 'action' }
}

function inputFor (operation: string, filter: string): string {
  return OTHERWISE[operation]?.[filter] ?? (filter === 'label!' ? 'labelNot' : camelled(filter))
}

function isOffered (operation: string, filter: string): boolean {
  const found = operations.get(operation)
  if (found === undefined) throw new Error(`there is no ${operation}`)
  return inputFor(operation, filter) in found.input.properties
}

/** What would fit one filter and not another: whether the engine knows its name is seen by what it says. */
async function accepts (method: string, path: string, filter: string): Promise<boolean> {
  // A label that nothing has: what is asked for is about nothing.
  const filters = { label: ['caisson-nothing-has-this'], [filter]: [filter.startsWith('label') ? 'caisson-nothing-has-this' : 'true'] }
  const { status, text } = await call(engine, method, `${path}?filters=${encodeURIComponent(JSON.stringify(filters))}`)
  return !(status === 400 && /invalid filter '[^']*'|invalid filter$/i.test(JSON.parse(text).message))
}

const ASKED = [
  ['container.list', 'GET', '/containers/json'], ['image.list', 'GET', '/images/json'], ['network.list', 'GET', '/networks'], ['volume.list', 'GET', '/volumes'],
  ['container.prune', 'POST', '/containers/prune'], ['image.prune', 'POST', '/images/prune'], ['network.prune', 'POST', '/networks/prune'], ['volume.prune', 'POST', '/volumes/prune']
] as const

for (const [operation, method, path] of ASKED) {
  t.test(`${operation} has every filter that the engine takes`, async t => {
    t.notOk(await accepts(method, path, 'no-such-filter'), 'it refuses what is none')
    const taken: string[] = []
    for (const filter of candidates) if (await accepts(method, path, filter)) taken.push(filter)
    t.ok(taken.length > 1, taken.join(', '))
    for (const filter of taken) t.ok(isOffered(operation, filter), filter)
  })
}

t.test('events have every filter that the engine heeds', async t => {
  const heeded = eventFilters()
  t.ok(heeded.length > 12, heeded.join(', '))
  for (const filter of heeded) t.ok(isOffered('host.events', filter), filter)
})
