import type Docker from 'dockerode'
import { Failure, invalidInput } from '../errors.js'
import type { ContainerSpec } from './container-spec.js'
import type { Host } from './host.js'

/** What labels of the gateway's own begin with. */
const OWN = 'dev.caisson.'
/** Says which call made a container: its id in the journal. Only where somebody may have to find it again. */
const CALL_LABEL = `${OWN}call`

/** @throws `invalid-input` where the caller writes what the gateway would believe later */
export function refuseOwnLabels ({ labels = {} }: Pick<ContainerSpec, 'labels'>): void {
  const own = Object.keys(labels).filter(label => label.startsWith(OWN))
  if (own.length === 0) return
  throw invalidInput(`labels that begin with ${OWN} are the gateway's own: leave out ${own.join(', ')}`, own.map(label => ({ path: `/labels/${label.replaceAll('~', '~0').replaceAll('/', '~1')}`, message: `may not begin with ${OWN}` })))
}

export const marked = <S extends Pick<ContainerSpec, 'labels'>>(spec: S, callId: string): S => ({ ...spec, labels: { ...spec.labels, [CALL_LABEL]: callId } })

/** The container that a call made, if it is there. */
export async function findMade (host: Host, callId: string): Promise<Docker.ContainerInspectInfo | undefined> {
  const bearing = await host.containers.list({ all: true, filters: { label: [`${CALL_LABEL}=${callId}`] } })
  for (const { Id, ImageID } of bearing) {
    if (!await inherits(host, ImageID, callId)) return await absentOr(host.containers.inspect(Id))
  }
}

/** An image that was committed from what a call made has its label, and so has whatever is made of it past the gateway. */
async function inherits (host: Host, imageId: string, callId: string): Promise<boolean> {
  const image = await absentOr(host.images.inspect(imageId))
  return image?.Config?.Labels?.[CALL_LABEL] === callId
}

async function absentOr<T> (look: Promise<T>): Promise<T | undefined> {
  try { return await look } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return undefined
    throw error
  }
}
