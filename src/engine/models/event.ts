import Type, { type Static } from 'typebox'
import { inGraphql } from '../../model/graphql-name.js'
import { DateTime, HostError, Text, TextMap } from './common.js'
import { DroppedEvent, EndEvent, ErrorEvent } from './log.js'
import { closed } from '../../model/objects.js'

export const HostEvent = Type.Object({
  type: Type.Literal('event'),
  time: DateTime('When it happened, by the engine\'s clock, to less than a microsecond'),
  host: Text('The host it happened on'),
  kind: Text('What it happened to, e.g. `container`, `image`, `network` or `volume`'),
  action: Text('What happened, e.g. `start`, `die` or `health_status: healthy`; of an `exec_create` or `exec_start` not what was to run'),
  id: Text('The id of what it happened to; of an image the reference where it was told by one', inGraphql('resourceId')),
  name: Type.Optional(Text('Its name, where it has one')),
  scope: Type.Optional(Text('`local`, or `swarm` for what a swarm told')),
  attributes: TextMap('What else the engine tells: labels, the image, an exit code …'),
  cursor: Text('Give it as `after` to go on behind this event; it knows how far each host has come')
}, { ...closed, title: 'HostEvent', description: 'Something that happened on a host' })
export type HostEvent = Static<typeof HostEvent>

export const HostDroppedEvent = Type.Object({
  ...DroppedEvent.properties,
  host: Text('Of which host')
}, { ...closed, title: 'HostDroppedEvent', description: 'Events were left out, or may have been: the reader was too slow, or the engine does not remember so far back' })

export const HostErrorEvent = Type.Object({
  type: Type.Literal('hostError'),
  ...HostError.properties
}, { ...closed, title: 'HostErrorEvent', description: 'A host\'s events cannot be read for now, of several that are; it is tried again, and what happens meanwhile is told then' })

export const HostStreamEvent = Type.Union([HostEvent, HostDroppedEvent, HostErrorEvent, EndEvent, ErrorEvent], { title: 'HostStreamEvent', description: 'What is told of what happens on hosts' })
export type HostStreamEvent = Static<typeof HostStreamEvent>

/** An event as an engine gives it. */
export interface EngineEvent {
  readonly Type?: string
  readonly Action?: string
  readonly Actor?: { readonly ID?: string, readonly Attributes?: Readonly<Record<string, string>> | null }
  readonly scope?: string
  readonly time?: number
  readonly timeNano?: number
  /** Podman's, of an action `health_status`. */
  readonly HealthStatus?: string
}
