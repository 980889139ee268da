import type Docker from 'dockerode'
import { UNARY_MS, type Connection } from './connection/connection.js'
import type { Engine } from './kinds/engine.js'
import { HostContainers } from './host/containers.js'
import { HostEvents } from './host/events.js'
import { HostExecs } from './host/exec.js'
import { HostFiles } from './host/files.js'
import { HostImages } from './host/images.js'
import { HostNetworks } from './host/networks.js'
import { HostSystem } from './host/system.js'
import { unlessAbsent } from './host/refusals.js'
import { HostVolumes } from './host/volumes.js'
import type { LiveLimits } from './live/feed.js'
import type { SystemInfo } from './objects.js'
import { UnverifiedContainers } from './unverified-containers.js'

/** How long an engine is taken to have kept what stays as long as its data: where that is, and its own networks. */
const KEPT_MS = 600_000

/**
 * One Docker host, as the handlers know it. Ids that come here are full ids and references are checked: both go into
 * the engine's paths as they are.
 */
export class Host {
  readonly containers: HostContainers
  readonly files: HostFiles
  readonly images: HostImages
  readonly execs: HostExecs
  readonly events: HostEvents
  readonly networks: HostNetworks
  readonly volumes: HostVolumes
  readonly system: HostSystem
  readonly unverified = new UnverifiedContainers()
  #data?: { readonly root: string, readonly until: number }
  #hostNetwork?: { readonly id: string, readonly until: number }

  constructor (readonly name: string, readonly url: string, private readonly connection: Connection, live: LiveLimits) {
    this.containers = new HostContainers(connection, live)
    this.files = new HostFiles(connection)
    this.images = new HostImages(connection)
    this.execs = new HostExecs(connection)
    this.events = new HostEvents(connection, live)
    this.networks = new HostNetworks(connection)
    this.volumes = new HostVolumes(connection)
    this.system = new HostSystem(connection)
  }

  /** The version of the API that this engine is spoken to in, e.g. `1.41`: what it takes differs. */
  apiVersion (): Promise<string> {
    return this.connection.apiVersion()
  }

  /** What engine it is: what it does differs. */
  engine (): Promise<Engine> {
    return this.connection.engine()
  }

  /** The folder on the host that has volumes and the containers' own layers: whoever has either writes below it. */
  async dataRoot (): Promise<string> {
    if (this.#data === undefined || this.#data.until < Date.now()) {
      this.#data = { root: (await this.info()).DockerRootDir ?? '', until: Date.now() + KEPT_MS }
    }
    return this.#data.root
  }

  /** The id of the network that is the host's own, by which it may be called as well; empty where the engine has none as a network. */
  async hostNetworkId (): Promise<string> {
    if (this.#hostNetwork === undefined || this.#hostNetwork.until < Date.now()) {
      this.#hostNetwork = { id: (await unlessAbsent(this.networks.inspect('host')))?.Id ?? '', until: Date.now() + KEPT_MS }
    }
    return this.#hostNetwork.id
  }

  version (deadlineMs = UNARY_MS): Promise<Docker.DockerVersion> {
    return this.connection.json({ method: 'GET', path: '/version', deadlineMs, unpinned: true })
  }

  info (): Promise<SystemInfo> {
    return this.connection.json({ method: 'GET', path: '/info' })
  }

  close (): void {
    this.connection.close()
  }
}
