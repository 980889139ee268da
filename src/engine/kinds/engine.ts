/** What is known of an engine since it was first asked; the same until it goes away. */
export interface Engine {
  readonly product: 'docker' | 'podman'
  /** Its own version, e.g. `28.5.2`. */
  readonly version: string
  /** The API version that every call is pinned to, e.g. `1.41`. */
  readonly api: string
  /** Images are in containerd's store, the default of new Docker engines since 29. */
  readonly containerdStore: boolean
}

/** What `GET /version` has, as far as it tells one engine from another. */
export interface EngineVersion {
  readonly Version: string
  readonly ApiVersion: string
  readonly MinAPIVersion?: string
  readonly Components?: ReadonlyArray<{ readonly Name: string, readonly Version: string }> | null
}

export const productOf = ({ Components }: EngineVersion): Engine['product'] =>
  (Components ?? []).some(({ Name }) => Name === 'Podman Engine') ? 'podman' : 'docker'

/** Of `GET /info`. */
export interface StoreInfo { readonly DriverStatus?: ReadonlyArray<readonly [string, string]> | null }

export const isContainerdStore = ({ DriverStatus }: StoreInfo): boolean =>
  (DriverStatus ?? []).some(([key, value]) => key === 'driver-type' && value.startsWith('io.containerd.snapshotter'))
