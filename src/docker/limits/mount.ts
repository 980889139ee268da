import { free, isFields, limited, parts, together, type Violation, type Row, type Rows, type LimitsOnHost } from './rows.js'
import { refusePath, refusePropagation } from './rules/binds.js'
import { refuseReference } from './rules/images.js'
import { refuseVolume } from './rules/volumes.js'

export const BIND_OPTIONS: Rows = {
  Propagation: limited('bindRoots', value => refusePropagation(value)),
  NonRecursive: free,
  CreateMountpoint: free,
  ReadOnlyNonRecursive: free,
  ReadOnlyForceRecursive: free
}

export const DRIVER_CONFIG: Rows = { Name: together, Options: together }

export const VOLUME_OPTIONS: Rows = { NoCopy: free, Labels: free, DriverConfig: parts(DRIVER_CONFIG), Subpath: free }

export const TMPFS_OPTIONS: Rows = { SizeBytes: free, Mode: free, Options: free }

export const IMAGE_OPTIONS: Rows = { Subpath: free }

/** What is said of each field of the engine's `Mount`. */
export const MOUNT: Rows = {
  Type: together,
  Source: together,
  Target: free,
  ReadOnly: together,
  Consistency: free,
  BindOptions: parts(BIND_OPTIONS),
  VolumeOptions: parts(VOLUME_OPTIONS),
  TmpfsOptions: parts(TMPFS_OPTIONS),
  ImageOptions: parts(IMAGE_OPTIONS),
  ClusterOptions: parts({})
}

type Fields = Readonly<Record<string, unknown>>

/** What a mount brings in depends on its type. */
function byType ({ Type: type, Source: source = '', ReadOnly: readOnly, VolumeOptions: volume }: Fields, limits: LimitsOnHost): readonly Violation[] {
  switch (type) {
    case 'tmpfs': return []
    case 'bind': return found('bindRoots', 'Source', refusePath(String(source), readOnly === true, limits))
    case 'volume': {
      const driver = isFields(volume) && isFields(volume.DriverConfig) ? volume.DriverConfig : {}
      const refused = refuseVolume(driver.Name, driver.Options, limits)
      return found(refused?.limit ?? '', 'VolumeOptions', refused?.message)
    }
    case 'image': {
      const refused = refuseReference(String(source), limits)
      return found(refused?.limit ?? '', 'Source', refused?.message)
    }
    default: return [{ limit: 'mountTypes', at: ['Type'], message: `${String(type)}: a mount of this type takes the role admin` }]
  }
}

const found = (limit: string, field: string, message: string | undefined): readonly Violation[] => message === undefined ? [] : [{ limit, at: [field], message }]

export const MOUNT_ROW: Row = parts(MOUNT, byType)
