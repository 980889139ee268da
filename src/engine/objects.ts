import type Docker from 'dockerode'
import type { OciPlatform } from './platform.js'

/** What engines say of a network, as far as the models use it. */
export interface EngineNetwork {
  readonly Id: string
  readonly Name: string
  readonly Created: string
  readonly Scope: string
  readonly Driver: string
  readonly EnableIPv4?: boolean
  readonly EnableIPv6: boolean
  readonly Internal: boolean
  readonly Attachable: boolean
  readonly Ingress: boolean
  readonly ConfigOnly: boolean
  readonly ConfigFrom?: { readonly Network: string }
  readonly IPAM: { readonly Driver: string, readonly Options?: TextFields, readonly Config?: readonly EnginePool[] | null }
  readonly Options?: TextFields
  readonly Labels?: TextFields
  readonly Peers?: ReadonlyArray<{ readonly Name: string, readonly IP: string }> | null
  readonly Containers?: Readonly<Record<string, EngineEndpoint>> | null
}

/** What engines say of a volume. */
export interface EngineVolume {
  readonly Name: string
  readonly Driver: string
  readonly Mountpoint?: string
  readonly CreatedAt?: string
  readonly Scope: string
  readonly Options?: Record<string, string> | null
  readonly Labels?: Record<string, string> | null
  readonly Status?: Record<string, unknown> | null
  /** In an account of the disk only; -1 for what is not known. */
  readonly UsageData?: { readonly Size: number, readonly RefCount: number } | null
}

export interface EngineDescriptor { readonly mediaType: string, readonly digest: string, readonly size: number }

/** As engines of API 1.47 and newer have it. */
export interface EngineManifest {
  readonly ID: string
  readonly Descriptor: EngineDescriptor
  readonly Available: boolean
  readonly Kind: string
  readonly Size: { readonly Content: number, readonly Total: number }
  readonly ImageData?: { readonly Platform: OciPlatform, readonly Size: { readonly Unpacked?: number, readonly Content?: number }, readonly Containers?: readonly string[] | null }
  readonly AttestationData?: { readonly For: string }
}

/** What both an inspect and a list may have. */
export interface WithManifests { readonly Descriptor?: EngineDescriptor | null, readonly Manifests?: readonly EngineManifest[] | null }

/** As engines have it. */
export interface EngineDistribution { readonly Descriptor: EngineDescriptor, readonly Platforms?: readonly object[] | null }

export interface EngineBuildCache {
  readonly ID: string
  readonly Type: string
  readonly Description?: string
  readonly InUse: boolean
  readonly Shared: boolean
  readonly Size: number
  readonly CreatedAt: string
  readonly LastUsedAt?: string | null
  readonly UsageCount: number
}

/** What `GET /system/df` has. */
export interface EngineDiskUsage {
  readonly LayersSize: number
  readonly Images: readonly EngineImage[] | null
  readonly Containers: readonly EngineContainer[] | null
  readonly Volumes: readonly EngineVolume[] | null
  readonly BuildCache: readonly EngineBuildCache[] | null
}

/** The engine's JSON, as it is sent. */
export type EngineObject = { [name: string]: unknown }

/** What `GET /info` has that the model uses; engines send much more, and older ones less. */
export interface SystemInfo {
  readonly DockerRootDir?: string
  readonly ID: string
  readonly Name: string
  readonly ServerVersion?: string
  readonly OperatingSystem: string
  readonly OSType?: string
  readonly KernelVersion?: string
  readonly Architecture: string
  readonly NCPU: number
  readonly MemTotal: number
  readonly Containers: number
  readonly ContainersRunning: number
  readonly ContainersPaused: number
  readonly ContainersStopped: number
  readonly Images: number
  readonly Driver: string
  readonly DriverStatus?: ReadonlyArray<readonly [name: string, value: string]> | null
  readonly CgroupDriver?: string
  readonly CgroupVersion?: string
  readonly LoggingDriver?: string
  readonly SecurityOptions?: Words
  readonly Runtimes?: object | null
  readonly DefaultRuntime?: string
  readonly InitBinary?: string
  readonly Plugins?: { readonly Volume?: Words, readonly Network?: Words, readonly Log?: Words, readonly Authorization?: Words }
  readonly Labels?: Words
  readonly CDISpecDirs?: Words
  readonly DiscoveredDevices?: ReadonlyArray<{ readonly Source: string, readonly ID: string }> | null
  readonly FirewallBackend?: { readonly Driver: string, readonly Info?: ReadonlyArray<readonly [name: string, value: string]> | null } | null
  readonly Containerd?: { readonly Address?: string, readonly Namespaces: { readonly Containers: string, readonly Plugins: string } } | null
  readonly LiveRestoreEnabled?: boolean
  readonly ExperimentalBuild?: boolean
  readonly Swarm?: { readonly LocalNodeState?: string }
  readonly Warnings?: Words
}

export type TextFields = Record<string, string> | null

export interface EnginePool { readonly Subnet?: string, readonly IPRange?: string, readonly Gateway?: string, readonly AuxiliaryAddresses?: TextFields }

export interface EngineEndpoint { readonly Name: string, readonly EndpointID: string, readonly MacAddress?: string, readonly IPv4Address?: string, readonly IPv6Address?: string }

export type EngineImage = Docker.ImageInfo & { readonly ParentId?: string }

export type EngineContainer = Docker.ContainerInfo & { readonly SizeRw?: number, readonly SizeRootFs?: number }

export type Words = readonly string[] | null
