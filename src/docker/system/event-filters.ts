import Type, { type Static } from 'typebox'
import { choice } from '../../model/choice.js'
import { filterWords } from '../../engine/models/common.js'
import type { HostEvent } from '../../engine/models/event.js'

/** Of which names and ids a beginning is enough, as the engine has it. */
const NAMED = ['container', 'network', 'volume', 'plugin', 'daemon', 'service', 'node', 'secret', 'config'] as const

const named = Object.fromEntries(NAMED.map(kind => [kind, filterWords(`Only events of one of these, each the beginning of an id or a name (\`${kind}\`)`)])) as Record<typeof NAMED[number], ReturnType<typeof filterWords>>

/** The filters that engines have for events, as inputs. */
export const EventFilters = {
  kind: filterWords('Only events of one of these kinds, e.g. `container` or `image`'),
  action: filterWords('Only events with one of these actions, e.g. `die`. Where `health_status`, `exec_create` or `exec_start` is among them, beginnings are enough, as engines have it'),
  ...named,
  image: filterWords('Only events of one of these images and of containers made of it, each an id or a reference with or without its tag'),
  label: filterWords('Only events of what has all of these labels, each `key` or `key=value`'),
  scope: Type.Optional(Type.Array(choice('EventScope', 'How far what happened reaches', { local: 'This host', swarm: 'The swarm that it belongs to' }), { maxItems: 2, description: 'Only events of this scope' }))
}

export type EventFilters = { readonly [K in keyof typeof EventFilters]?: Static<typeof EventFilters[K]> }

/** Actions to which engines write more behind a colon. */
const WITH_MORE = ['health_status', 'exec_create', 'exec_start']

type Words = readonly string[] | undefined
type Test = (event: HostEvent) => boolean

/**
 * What an engine's filters let through. They are applied here, so that all who listen to a host share one stream of it,
 * whatever each of them wants to hear.
 */
export function eventFilter (filters: EventFilters): Test {
  const tests: Test[] = [
    ({ kind }) => isOne(filters.kind, kind),
    ({ action }) => filters.action?.some(word => WITH_MORE.includes(word)) === true ? begins(filters.action, action) : isOne(filters.action, action),
    ({ scope = 'local' }) => isOne(filters.scope, scope),
    event => hasLabels(filters.label, event),
    event => isOfImage(filters.image, event),
    ...NAMED.map((kind): Test => ({ id, name = '' }) => begins(filters[kind], id) || begins(filters[kind], name))
  ]
  return event => tests.every(test => test(event))
}

const isOne = (words: Words, text: string): boolean => isNone(words) || words.includes(text)

const begins = (words: Words, text: string): boolean => isNone(words) || words.some(word => text.startsWith(word))

const isNone = (words: Words): words is undefined => words === undefined || words.length === 0

function hasLabels (labels: Words = [], { attributes }: HostEvent): boolean {
  return labels.every(label => {
    const [key = '', ...value] = label.split('=')
    return Object.hasOwn(attributes, key) && (value.length === 0 || attributes[key] === value.join('='))
  })
}

function isOfImage (images: Words, { kind, id, attributes }: HostEvent): boolean {
  const name = attributes[kind === 'image' ? 'name' : 'image'] ?? ''
  return [id, name, bareImage(id), bareImage(name)].some(text => isOne(images, text))
}

/** Without tag and digest, and without what everybody leaves out of a name on Docker Hub. */
const bareImage = (reference: string): string =>
  reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '').replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '')
