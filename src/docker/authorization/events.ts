import type { NamedResource } from '../../authorization/authorization-spec.js'
import { OWNER_LABEL, type Resource } from '../../model/resource.js'
import type { HostStreamEvent } from '../../engine/models/event.js'

/** What an event is about, as far as engines say it: of containers and images the labels, of networks and volumes the name alone. */
export function eventResource (event: HostStreamEvent): Resource | null {
  if (event.type !== 'event') return null
  const { host, kind, action, id, name, attributes: labels } = event
  const owner = labels[OWNER_LABEL]
  if (kind === 'container') return { kind, host, name, labels, owner, image: labels.image }
  // Whose an image was that is gone is not told any more.
  if (kind === 'image') return { kind, host, labels, owner: action === 'delete' ? owner ?? GONE : owner, references: [name ?? id] }
  if (kind === 'network') return { kind, host, name }
  // Of the engine itself, of plugins and of builds no match speaks: a resource without anything to match is nobody's.
  return { kind: 'volume', host, ...(kind === 'volume' ? { name: id } : {}) }
}

const GONE = 'gone'

/** Events of networks and volumes have the container that comes and goes: it may be another's. */
export function eventNames (event: HostStreamEvent): NamedResource | undefined {
  if (event.type !== 'event' || (event.kind !== 'network' && event.kind !== 'volume')) return undefined
  const { host, attributes: { container: reference, ...attributes } } = event
  return reference === undefined ? undefined : { kind: 'container', reference, host, without: () => ({ ...event, attributes }) }
}
