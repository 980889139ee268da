import type Docker from 'dockerode'
import type { Host } from './host.js'
import { unlessAbsent } from './host/refusals.js'
import { CALL_LABEL } from './unverified-containers.js'

export const withCallLabel = <S extends { readonly labels?: Readonly<Record<string, string>> }>(spec: S, callId: string): S => ({ ...spec, labels: { ...spec.labels, [CALL_LABEL]: callId } })

/** The container that a call made, if it is there. */
export async function findCreatedBy (host: Host, callId: string): Promise<Docker.ContainerInspectInfo | undefined> {
  const bearing = await host.containers.list({ all: true, filters: { label: [`${CALL_LABEL}=${callId}`] } })
  for (const { Id, ImageID } of bearing) {
    if (!await inherits(host, ImageID, callId)) return await unlessAbsent(host.containers.inspect(Id))
  }
}

/** An image that was committed from what a call made has its label, and so has whatever is made of it past the gateway. */
async function inherits (host: Host, imageId: string, callId: string): Promise<boolean> {
  const image = await unlessAbsent(host.images.inspect(imageId))
  return image?.Config?.Labels?.[CALL_LABEL] === callId
}
