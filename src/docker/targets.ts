import type Docker from 'dockerode'
import { INPUT_OF, OWNER_LABEL, type Resource } from '../model/resource.js'
import type { Visibility, TargetResolver } from '../authorization/target-resolver.js'
import { noSuch } from '../lib/errors.js'
import type { Execs, OwnedExec } from './containers/execs.js'
import type { Host } from '../engine/host.js'
import type { Hosts } from '../engine/hosts.js'
import { bareName } from './containers/container-name.js'
import { containerPattern, imagePattern, isRepository, objectPattern } from '../model/names.js'
import type { EngineNetwork, EngineVolume, WithManifests } from '../engine/objects.js'
import type { Target } from '../model/target.js'
import { resolvePrefix } from './resolve-prefix.js'

const GRAMMARS = { container: containerPattern, image: imagePattern, network: objectPattern, volume: objectPattern } as const
const grammars = Object.fromEntries(Object.entries(GRAMMARS).map(([kind, pattern]) => [kind, new RegExp(pattern)]))

/** What does not fit is nothing's name, and has no business in an engine's paths: an input may name resources in parts of texts that no schema looks at. */
function named (kind: keyof typeof GRAMMARS, reference: string): string {
  if (grammars[kind]?.test(reference) !== true) throw noSuch(kind, reference)
  return reference
}

/** How what is on hosts is found: by one look at the host that the call names. */
export function dockerTargets (hosts: Hosts, execs: Execs): Record<'container' | 'exec' | 'image' | 'network' | 'volume' | 'host', TargetResolver> {
  return {
    exec: { field: 'exec', resolve: async (reference, { host }) => await execTarget(hosts, execs, String(host), reference) },
    container: { field: INPUT_OF.container, resolve: async (reference, { host }, visibility) => await containerTarget(hosts.get(String(host)), reference, visibility) },
    image: { field: INPUT_OF.image, resolve: async (reference, { host, allTags }, visibility) => await imageTarget(hosts.get(String(host)), reference, visibility, allTags === true) },
    network: { field: INPUT_OF.network, resolve: async (reference, { host }, visibility) => await networkTarget(hosts.get(String(host)), reference, visibility) },
    volume: { field: INPUT_OF.volume, resolve: async (reference, { host }) => await volumeTarget(hosts.get(String(host)), reference) },
    host: { field: 'host', resolve: async reference => ({ kind: 'host', id: hosts.get(reference).name, reference, host: reference }) }
  }
}

export async function containerTarget (engine: Host, reference: string, visibility: Visibility): Promise<Target> {
  const { name: host, containers, unverified } = engine
  const resource = (object: Docker.ContainerInspectInfo) => containerResource(host, object)
  const object = await resolvePrefix(engine, { kind: 'container', reference: bareName(named('container', reference)), visibility, inspect: async reference => await containers.inspect(reference), resource })
  const labels = object.Config.Labels ?? {}
  return { kind: 'container', host, id: object.Id, name: bareName(object.Name), reference, labels, owner: labels[OWNER_LABEL], image: object.Config.Image, notReady: unverified.reason(labels), object }
}

interface FoundExec { readonly exec: OwnedExec, readonly container: Docker.ContainerInspectInfo }

/** An exec has the labels of its container, and an owner of its own. */
async function execTarget (hosts: Hosts, execs: Execs, host: string, reference: string): Promise<Target> {
  const { containers, unverified } = hosts.get(host)
  const exec = await execs.find(host, reference)
  const container = exec === undefined ? null : await containers.inspectIfThere(exec.containerId)
  if (exec === undefined || container === null) throw noSuch('exec', reference)
  const object: FoundExec = { exec, container }
  const name = bareName(container.Name)
  const labels = container.Config.Labels ?? {}
  const within: Resource = { kind: 'container', host, name, labels, owner: labels[OWNER_LABEL], image: container.Config.Image }
  return { kind: 'exec', host, id: reference, name, reference, labels, owner: exec.ownerId, within, notReady: unverified.reason(labels), object }
}

/** @param anyTag a name without a tag is that of a repository, which may have no `latest` */
export async function imageTarget (engine: Host, reference: string, visibility: Visibility, anyTag = false): Promise<Target> {
  const { name: host } = engine
  const resource = (object: Docker.ImageInspectInfo) => imageResource(host, object)
  const inspect = async (name: string) => await inspectImage(engine, name, anyTag)
  const object = await resolvePrefix(engine, { kind: 'image', reference: named('image', reference), visibility, inspect, resource })
  return { ...imageResource(host, object), kind: 'image', id: object.Id, name: object.RepoTags?.[0], reference, object }
}

async function inspectImage ({ images }: Host, reference: string, anyTag: boolean): Promise<Docker.ImageInspectInfo> {
  return await images.inspect(reference).catch(async error => {
    const [found] = anyTag && isRepository(reference) ? await images.list({ filters: { reference: [reference] } }) : []
    if (found === undefined) throw error
    return await images.inspect(found.Id)
  })
}

/** What an engine says of a container, as policy looks at it. */
export function containerResource (host: string, { Name, Config: { Labels, Image: image } }: Docker.ContainerInspectInfo): Resource {
  return { kind: 'container', host, name: bareName(Name), labels: Labels ?? {}, owner: Labels?.[OWNER_LABEL], image }
}

/** What an engine says of an image, as policy looks at it. */
export function imageResource (host: string, { Config, RepoTags, RepoDigests }: Docker.ImageInspectInfo): Resource {
  const labels = Config?.Labels ?? {}
  return { kind: 'image', host, labels, owner: labels[OWNER_LABEL], references: [...RepoTags ?? [], ...RepoDigests ?? []] }
}

async function networkTarget (engine: Host, reference: string, visibility: Visibility): Promise<Target> {
  const { name: host, networks } = engine
  const resource = ({ Name: name, Labels }: EngineNetwork): Resource => ({ kind: 'network', host, name, labels: Labels ?? {}, owner: Labels?.[OWNER_LABEL] })
  const object = await resolvePrefix(engine, { kind: 'network', reference: named('network', reference), visibility, inspect: async reference => await networks.inspect(reference), resource })
  const labels = object.Labels ?? {}
  return { kind: 'network', host, id: object.Id, name: object.Name, reference, labels, owner: labels[OWNER_LABEL], object }
}

/** A volume has no id but its name. */
export async function volumeTarget ({ name: host, volumes }: Host, reference: string): Promise<Target> {
  const object = await volumes.inspect(named('volume', reference))
  const labels = object.Labels ?? {}
  return { kind: 'volume', host, id: object.Name, name: object.Name, reference, labels, owner: labels[OWNER_LABEL], object }
}

/** What `invoke()` has read of the container already. */
export const containerObject = (target: Target | undefined): Docker.ContainerInspectInfo => objectOf(target, 'container')
export const execObject = (target: Target | undefined): FoundExec => objectOf(target, 'exec')
export const imageObject = (target: Target | undefined): Docker.ImageInspectInfo & WithManifests => objectOf(target, 'image')

export const networkObject = (target: Target | undefined): EngineNetwork => objectOf(target, 'network')
export const volumeObject = (target: Target | undefined): EngineVolume => objectOf(target, 'volume')

function objectOf<T> (target: Target | undefined, kind: Target['kind']): T {
  if (target?.kind !== kind || target.object === undefined) throw new Error(`the operation's target is not a ${kind}`)
  return target.object as T
}
