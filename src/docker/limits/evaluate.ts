import type { EvaluateLimits } from '../../authorization/authorization-spec.js'
import type { Limits } from '../../authorization/limits/schema.js'
import type { Services } from '../../model/services.js'
import { buildQuery, type BuildOptions } from '../images/build-options.js'
import { buildKitQuery } from '../images/buildkit-query.js'
import { requestOf, type CreateRequest } from '../containers/container-body.js'
import type { ContainerSpec } from '../containers/container-spec.js'
import { commitQuery, type CommitOptions } from '../../engine/host/containers.js'
import { execBody, type ExecSpec } from '../../engine/host/exec.js'
import { standingBeside } from '../../engine/kinds/podman-update.js'
import type { EngineObject } from '../../engine/objects.js'
import type { Target } from '../../model/target.js'
import { networkBody, type NewNetwork } from '../spec/network.js'
import { connectionBody, type NetworkSpec } from '../spec/networks.js'
import { updateBody, type UpdateSpec } from '../spec/update.js'
import { volumeBody, type NewVolume } from '../spec/volume.js'
import { containerObject } from '../targets.js'
import { BUILDKIT_ROW, BUILD_ROW, refuseBuilder } from './build.js'
import { COMMIT, CREATE, EXEC, UPDATE } from './container.js'
import { buildDefaults, containerDefaults } from './defaults.js'
import { inherited } from './inherited.js'
import { joined } from './joined.js'
import { CONNECT, NETWORK_ROW, inNetwork } from './network.js'
import { asItIs, inBuild, inCamelCase, inCommit, inConnect, inContainer, inVolume, inputsIn, violationAt } from './pointers.js'
import { violations, parts, type Violation, type Row } from './rows.js'
import { limitsImages, nameViolations } from './rules/images.js'
import { refuseNamespace } from './rules/namespaces.js'
import { maxima } from './rules/resources.js'
import { limitsOn } from './on-host.js'
import { VOLUME_ROW } from './volume.js'

type Places = Parameters<typeof violationAt>[0]
type Asking = Pick<Services, 'hosts' | 'policy'>
type On<I> = I & { readonly host: string }

const evaluation = (found: readonly Violation[], place: Places, adds: object = {}) => ({ violations: found.map(violationAt(place)), defaults: { ...adds } })

const against = (row: Row, body: EngineObject, place: Places): EvaluateLimits => limits => evaluation(violations(row, body, limits), place)

/** A create: its body under the limits, and what it gets without saying so. */
async function evaluateContainer ({ host: name, ...spec }: On<ContainerSpec>, _target: Target | undefined, { hosts, policy }: Asking): Promise<EvaluateLimits> {
  const host = hosts.get(name)
  const engine = await host.engine()
  const here = await limitsOn(host, bringsFolders(spec), policy)
  const inherits = await inherited(host, spec)
  const { violations: joins, pins } = await joined(host, spec)
  return role => {
    const limits = here(role)
    const adds = { ...containerDefaults(spec, limits), ...pins }
    const body = wholeBody(requestOf(engine, { ...spec, ...adds }))
    return evaluation([...violations(CREATE, body, limits), ...inherits(limits), ...joins(limits)], inContainer, adds)
  }
}

/** Whether something of the host may come with it: all other specs cost no look at who writes where. */
const bringsFolders = ({ binds = [], mounts = [], volumesFrom = [] }: Partial<ContainerSpec>): boolean => binds.length + mounts.length + volumesFrom.length > 0

/** With the networks that are connected behind the create. */
function wholeBody ({ body, later }: CreateRequest): EngineObject {
  const first = (body.NetworkingConfig as { EndpointsConfig?: object } | undefined)?.EndpointsConfig
  return { ...body, NetworkingConfig: { EndpointsConfig: { ...first, ...Object.fromEntries(later) } } }
}

/** By which fields an update changes how much a container may have. */
const COUNTED: ReadonlyArray<readonly [keyof Limits, readonly string[]]> = [
  ['memoryBytes', ['Memory', 'MemorySwap']], ['cpus', ['NanoCpus', 'CpuQuota', 'CpuPeriod', 'CpuCount']], ['pids', ['PidsLimit']]
]

/** An update: what it sends, and what the container comes to have by it of what it changes. */
async function evaluateUpdate ({ host, id: _, ...changes }: On<UpdateSpec> & { readonly id: string }, target: Target | undefined, { hosts }: Asking): Promise<EvaluateLimits> {
  const engine = await hosts.get(host).engine()
  const body = updateBody(changes, engine)
  const merged = { ...standingBeside(engine, { ...containerObject(target).HostConfig }, body), ...body }
  return limits => {
    const changed = Object.fromEntries(COUNTED.filter(([, fields]) => fields.some(field => field in body)).map(([limit]) => [limit, limits[limit]])) as Limits
    return evaluation([...violations(parts(UPDATE), body, limits), ...maxima(merged, changed)], inContainer)
  }
}

const evaluateExec = async ({ command, user, workingDir, tty, privileged }: Pick<ExecSpec, 'command' | 'user' | 'workingDir' | 'tty' | 'privileged'>): Promise<EvaluateLimits> =>
  against(parts(EXEC), execBody({ command, user, workingDir, tty, privileged }), inCamelCase)

async function evaluateCommit ({ id, reference, ...options }: CommitOptions & { readonly id: string }): Promise<EvaluateLimits> {
  const query = commitQuery(id, { reference, ...options })
  return limits => evaluation([...violations(parts(COMMIT), query, limits), ...nameViolations(reference === undefined ? [] : [reference], 'reference', limits)], asItIs)
}

const evaluateNetwork = async ({ host, ...network }: On<NewNetwork>, _target: Target | undefined, { hosts }: Asking): Promise<EvaluateLimits> =>
  against(NETWORK_ROW, networkBody(network, await hosts.get(host).engine()), inNetwork)

/** A connect: to the host's network, however it is called, as a create on it. */
async function evaluateConnect ({ host: _host, network: _network, container, ...endpoint }: On<NetworkSpec> & { readonly network: string, readonly container: string }, target: Target | undefined): Promise<EvaluateLimits> {
  const body = { Container: container, EndpointConfig: connectionBody(endpoint) }
  const isHost = target?.name === 'host'
  return limits => {
    const message = isHost ? refuseNamespace('network')('host', limits) : undefined
    return evaluation([...violations(CONNECT, body, limits), ...message === undefined ? [] : [{ limit: 'namespaces', at: ['', 'network'], message }]], inConnect)
  }
}

async function evaluateVolume ({ host, ...volume }: On<NewVolume>, _target: Target | undefined, { hosts, policy }: Asking): Promise<EvaluateLimits> {
  const here = await limitsOn(hosts.get(host), volume.options !== undefined, policy)
  const evaluate = against(VOLUME_ROW, volumeBody(volume), inVolume)
  return limits => evaluate(here(limits))
}

/**
 * A build: its query under the limits, what the network that it joins brings along, and whether its engine keeps to it.
 * Steps of BuildKit's are given no limits: a role that has some is told so.
 */
async function evaluateBuild ({ host, quiet: _quiet, builder, registryAuth, ...options }: On<BuildOptions>, _target: Target | undefined, { hosts }: Asking): Promise<EvaluateLimits> {
  const asked = hosts.get(host)
  const byEngine = refuseBuilder(await asked.engine())
  const { violations: joins, pins } = await joined(asked, { networkMode: options.networkMode })
  return limits => {
    const adds = builder === 'buildkit' ? pins : { ...buildDefaults(options, limits), ...pins }
    const found = builder === 'buildkit'
      ? violations(BUILDKIT_ROW, buildKitQuery({ registryAuth, ...options, ...adds }), limits)
      : violations(BUILD_ROW, buildQuery({ ...options, ...adds }), limits)
    return evaluation([...byEngine, ...found, ...joins(limits)], inBuild, adds)
  }
}

/** What a connect sends as `IPAMConfig`, which has a row. */
const IN_IPAM_CONFIG = ['ipv4Address', 'ipv6Address', 'linkLocalIps']

export const containerLimits = { inputs: inputsIn(CREATE, inContainer), evaluate: evaluateContainer }
export const updateLimits = { inputs: inputsIn(parts(UPDATE), inContainer), evaluate: evaluateUpdate }
export const execLimits = { inputs: inputsIn(parts(EXEC), inCamelCase), evaluate: evaluateExec }
export const commitLimits = { inputs: inputsIn(parts(COMMIT), inCommit), evaluate: evaluateCommit }
export const networkLimits = { inputs: inputsIn(NETWORK_ROW, inNetwork), evaluate: evaluateNetwork }
export const connectLimits = { inputs: [...inputsIn(CONNECT, inConnect), 'container', ...IN_IPAM_CONFIG], evaluate: evaluateConnect }
export const volumeLimits = { inputs: inputsIn(VOLUME_ROW, inVolume), evaluate: evaluateVolume }
export const buildLimits = { inputs: inputsIn(BUILDKIT_ROW, inBuild), evaluate: evaluateBuild }

/** Names that images are given, or by which they are pulled and pushed. @param field the input that has them */
export const imageNameLimits = <I>(field: string, names: (input: I, target: Target | undefined) => readonly string[]) => ({
  inputs: [field],
  evaluate: async (input: I, target: Target | undefined): Promise<EvaluateLimits> => limits => evaluation(nameViolations(names(input, target), field, limits), asItIs)
})

/** What names images that nobody can read beforehand. */
export const unreadImageLimits = {
  inputs: [],
  evaluate: async (): Promise<EvaluateLimits> => limits =>
    evaluation(limitsImages(limits) ? [{ limit: limits.images === undefined ? 'registries' : 'images', at: [], message: 'the names inside the archive can\'t be held to the images that your grant allows' }] : [], asItIs)
}
