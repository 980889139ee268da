import type { EngineEvent } from '../models/event.js'

/** Podman's words for what Docker has another for; null: what Docker does not tell of. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  container: { exec: 'exec_start', exec_died: 'exec_die', remove: 'destroy', init: null, cleanup: null, sync: null, mount: null, unmount: null },
  image: { loadfromarchive: 'load', remove: 'delete', mount: null, unmount: null },
  network: { remove: 'destroy' },
  volume: { remove: 'destroy' }
}

/** A file of the engine's own that it reads an archive from, or writes it to. */
const OWN_FILE = new Set(['load', 'loadfromarchive', 'save', 'import'])

/** An event of Podman's in Docker's words; undefined where there are none for it. */
export function dockerEvent (event: EngineEvent): EngineEvent | undefined {
  const { Type = '', Action = '', Actor = {}, HealthStatus } = event
  const word = Action === 'health_status' && HealthStatus !== undefined ? `health_status: ${HealthStatus}` : WORDS[Type]?.[Action]
  if (word === null) return undefined
  const { ID, Attributes } = actorOf(Type, Action, Actor)
  return { ...event, Action: word ?? Action, Actor: { ID, Attributes } }
}

type Attributes = Readonly<Record<string, string>>

function actorOf (kind: string, action: string, { ID = '', Attributes }: NonNullable<EngineEvent['Actor']>): { ID: string, Attributes: Attributes } {
  const attributes = given(Attributes ?? {})
  if (kind === 'volume') return { ID: ID === '' ? attributes.name ?? '' : ID, Attributes: without(attributes, 'name') }
  if (kind === 'network') return networkActor(ID, action, attributes)
  if (kind !== 'image') return { ID, Attributes: attributes }
  const id = /^[0-9a-f]{64}$/.test(ID) ? `sha256:${ID}` : ID
  return { ID: id, Attributes: OWN_FILE.has(action) ? without(attributes, 'name') : attributes }
}

/** Of a connection Podman has the container for the actor, and of the network the name alone. */
function networkActor (ID: string, action: string, { network = '', driver, ...rest }: Attributes): { ID: string, Attributes: Attributes } {
  const named = { ...rest, name: network, ...(driver === undefined ? {} : { type: driver }) }
  return action === 'connect' || action === 'disconnect' ? { ID: network, Attributes: { ...named, container: ID } } : { ID, Attributes: named }
}

/** Without what is empty, and what Docker calls by another name. */
const given = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).flatMap(([name, value]) => value === '' && FILLERS.has(name) ? [] : [[name === 'containerExitCode' ? 'exitCode' : name, value]]))

const FILLERS = new Set(['image', 'name', 'podId'])

const without = (attributes: Attributes, name: string): Attributes => Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== name))
