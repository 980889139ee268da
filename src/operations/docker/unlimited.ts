// Why no limit speaks of some inputs that several operations have (OperationLimits.unlimited).

export const PLATFORM = 'for which platform an image is takes nothing of the host'
export const REGISTRY_AUTH = 'these are credentials of the caller, for the registry alone'
export const ALL_TAGS = 'the names that it stands for are held to the limits together with the reference'

/** Of an image that comes from a registry, or goes to one. */
export const TRANSFER_UNLIMITED = { platform: PLATFORM, allTags: ALL_TAGS, registryAuth: REGISTRY_AUTH } as const

/** Of a create. */
export const CREATE_UNLIMITED = {
  name: 'a name takes nothing of the host',
  platform: PLATFORM,
  pull: 'what is pulled is the image, which has a row',
  registryAuth: REGISTRY_AUTH,
  ttlSeconds: 'it can only end the container sooner'
} as const
