import type Docker from 'dockerode'
import { forbidden } from '../../lib/errors.js'
import type { Context } from '../../operation/context.js'
import { limitsExceeded } from '../../authorization/choose-grant.js'
import type { CreateRequest } from '../containers/container-body.js'
import type { ContainerSpec } from '../containers/container-spec.js'
import { withoutOwnNotes } from '../../engine/kinds/podman-annotations.js'
import { namedVolumes } from '../authorization/references.js'
import type { Host } from '../../engine/host.js'
import { volumeTarget } from '../targets.js'
import { CREATED } from './container.js'
import { mounted } from './inherited.js'
import { inContainer, violationAt } from './pointers.js'
import { limitsOn } from './on-host.js'
import { violations, type Violation, type LimitsOnHost } from './rows.js'
import { refuseNamespace } from './rules/namespaces.js'

/** What a create came to. */
interface Outcome { readonly host: Host, readonly made: Docker.ContainerInspectInfo, readonly spec: ContainerSpec, readonly request: CreateRequest }

/** A look at what a create came to. @throws `forbidden` where that is more than its maker may have */
export type VerifyCreated = (outcome: Outcome) => Promise<void>

/**
 * Whatever came between the first look and the create, and however an engine reads what it is sent: what it says it
 * made is held against what its maker may have. undefined: that is anything.
 */
export function verifyCreated (operation: string, { access, grant, policy }: Pick<Context, 'access' | 'grant' | 'policy'>): VerifyCreated | undefined {
  if (access.actor?.admin === true) return undefined
  if (grant === undefined) throw new Error(`nothing says within what limits ${operation} is called`)
  return async outcome => {
    if (!access.allowsAll(operation, outcome.host.name)) await refuseVolumesOfOthers(operation, access, outcome)
    const found = grant.limits === null ? [] : await beyondLimits(outcome, (await limitsOn(outcome.host, outcome.made.Mounts.length > 0, policy))(grant.limits))
    if (found.length > 0) throw limitsExceeded(operation, found.map(violationAt(inContainer))).failure
  }
}

async function beyondLimits ({ host, made, request: { body } }: Outcome, limits: LimitsOnHost): Promise<Violation[]> {
  const { Config, HostConfig } = made
  const mounts = await mounted(host, made, { at: ['mounts'] })
  const { Annotations } = (body.HostConfig ?? {}) as { readonly Annotations?: Record<string, string> }
  const created = { Config, HostConfig: withoutOwnNotes(await host.engine(), withoutLabelling(HostConfig), Annotations) }
  const found = [...violations(CREATED, created, limits, { said: { Config: body, HostConfig: body.HostConfig } }), ...mounts(limits), ...hostNetwork(made, limits)]
  return found.map(violation => ({ ...violation, message: `as the engine made it: ${violation.message}` }))
}

/** Who shares processes or memory with the host, or is privileged, is no matter of SELinux any more: engines say so by themselves. */
function withoutLabelling (host: Docker.HostConfig): Docker.HostConfig {
  const isShared = host.Privileged === true || host.PidMode === 'host' || host.IpcMode === 'host'
  return isShared ? { ...host, SecurityOpt: host.SecurityOpt?.filter((option: string) => option !== 'label=disable') } : host
}

/** A network has an id as well as a name, and the host's is no exception. */
function hostNetwork ({ NetworkSettings: { Networks = {} } }: Docker.ContainerInspectInfo, limits: LimitsOnHost): Violation[] {
  const message = 'host' in Networks ? refuseNamespace('network')('host', limits) : undefined
  return message === undefined ? [] : [{ limit: 'namespaces', at: ['NetworkMode'], message }]
}

/** A volume's name is all it has: what is called so now may be another's than it was. */
async function refuseVolumesOfOthers (operation: string, access: Context['access'], { host, spec }: Outcome): Promise<void> {
  for (const { reference } of namedVolumes(spec)) {
    const volume = await volumeTarget(host, reference)
    if (!access.allows(operation, { ...volume, kind: 'volume' })) throw forbidden(`the volume ${reference} came to be another's while the container was made`, { rule: 'not-covered' })
  }
}
