import { conflict, Failure, noSuch } from '../lib/errors.js'
import type { Visibility } from '../authorization/target-resolver.js'
import type { Resource, ResourceKind } from '../model/resource.js'
import { containerRow, imageRow, networkRow } from './authorization/rows.js'
import type { Host } from '../engine/host.js'
import { Ambiguous } from '../engine/host/refusals.js'
import { containerSummary } from './containers/models/container.js'
import { imageSummary } from './images/models/image.js'
import { networkSummary } from './networks/models/network.js'

/** What can be called by the beginning of an id. */
type Kind = Exclude<ResourceKind, 'volume'>
interface Candidate { readonly id: string, readonly name?: string, readonly resource: Resource }

/** A whole id means one resource; what is shorter may be a name, or begin the ids of several. */
const PREFIX = /^[0-9a-f]{1,63}$/

const LISTS: Readonly<Record<Kind, (host: Host) => Promise<Candidate[]>>> = {
  container: async host => (await host.containers.list({ all: true })).map(info => containerSummary(host.name, info)).map(row => ({ id: row.id, name: row.name, resource: containerRow(row) })),
  network: async host => (await host.networks.list()).map(network => networkSummary(host.name, network)).map(row => ({ id: row.id, name: row.name, resource: networkRow(row) })),
  image: async host => (await host.images.list({ all: true })).map(info => imageSummary(host.name, info)).map(row => ({ id: row.id, name: row.tags[0], resource: imageRow(row) }))
}

interface Call<T> { readonly kind: Kind, readonly reference: string, readonly visibility: Visibility, readonly inspect: (reference: string) => Promise<T>, readonly resource: (object: T) => Resource }

/**
 * What a reference means to who may know of some resources only: what they may not know of is as if it were not there, so that it
 * neither takes a beginning of an id nor makes one ambiguous.
 * @throws `not-found`; `conflict` with those that it means
 */
export async function resolvePrefix<T> (host: Host, { kind, reference, visibility, inspect, resource }: Call<T>): Promise<T> {
  const found = await inspect(reference).catch((error: unknown) => {
    if (!mayMeanAnother(reference, error)) throw error
  })
  if (found !== undefined && (!PREFIX.test(reference) || visibility.isComplete || visibility.knows(resource(found)))) return found
  const candidates = (await LISTS[kind](host)).filter(({ id, name, resource }) => isMeant(kind, reference, id, name) && visibility.knows(resource))
  const [one, ...more] = preferred(reference, candidates)
  if (one === undefined) throw noSuch(kind, reference)
  if (more.length > 0) throw conflict(`${reference} means several ${kind}s: ${[one, ...more].map(called).join(', ')}. Say more of the id of the one that is meant`)
  return await inspect(one.id)
}

/** Of images no engine says that a beginning is ambiguous, and Podman does not of containers: what is not there under one is looked for. */
const mayMeanAnother = (reference: string, error: unknown): boolean =>
  error instanceof Ambiguous || (error instanceof Failure && error.code === 'not-found' && PREFIX.test(reference))

const bare = (id: string): string => id.replace('sha256:', '')

/** Of networks, old engines let several have one name. */
const isMeant = (kind: Kind, reference: string, id: string, name: string | undefined): boolean =>
  (PREFIX.test(reference) && bare(id).startsWith(reference)) || (kind === 'network' && name === reference)

/** As engines have it: a name comes before the beginning of an id. */
function preferred (reference: string, candidates: readonly Candidate[]): readonly Candidate[] {
  const named = candidates.filter(({ name }) => name === reference)
  return named.length > 0 ? named : candidates
}

const called = ({ id, name }: Candidate): string => name === undefined || name === '' ? bare(id).slice(0, 12) : `${name} (${bare(id).slice(0, 12)})`
