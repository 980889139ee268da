import type Docker from 'dockerode'
import { UNARY_MS, type Connection } from './connection.js'
import { HostContainers } from './host/containers.js'
import { HostFiles } from './host/files.js'
import { HostImages } from './host/images.js'

/**
 * One Docker host, as the handlers know it. Ids that come here are full ids and references are checked: both go into
 * the engine's paths as they are.
 */
export class Host {
  readonly containers: HostContainers
  readonly files: HostFiles
  readonly images: HostImages

  constructor (readonly name: string, readonly url: string, private readonly connection: Connection) {
    this.containers = new HostContainers(connection)
    this.files = new HostFiles(connection)
    this.images = new HostImages(connection)
  }

  version (deadlineMs = UNARY_MS): Promise<Docker.DockerVersion> {
    return this.connection.json({ method: 'GET', path: '/version', deadlineMs })
  }

  info (): Promise<SystemInfo> {
    return this.connection.json({ method: 'GET', path: '/info' })
  }

  close (): void {
    this.connection.close()
  }
}

/** What `GET /info` has that the models use; engines send much more. */
export interface SystemInfo {
  readonly ID: string
  readonly Name: string
  readonly OperatingSystem: string
  readonly Architecture: string
  readonly NCPU: number
  readonly MemTotal: number
  readonly Containers: number
  readonly ContainersRunning: number
  readonly ContainersPaused: number
  readonly ContainersStopped: number
  readonly Images: number
  readonly Driver: string
  readonly CgroupVersion?: string
}
