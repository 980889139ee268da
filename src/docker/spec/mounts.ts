import Type, { type Static, type TProperties } from 'typebox'
import { choice } from '../../model/choice.js'
import { invalidField } from '../../lib/errors.js'

import type { EngineObject } from '../../engine/objects.js'
import { flag, given, integer, list, part, renamed, text, textMap, words } from './fields.js'
import { closed } from '../../model/objects.js'

const propagation = choice('MountPropagation', 'Whether mounts made below it later are seen on the other side', {
  private: 'Not seen, either way',
  rprivate: 'Not seen, either way, also below the mounts inside it; the engine\'s default',
  shared: 'Seen both ways',
  rshared: 'Seen both ways, also below the mounts inside it',
  slave: 'Those of the host are seen inside, not the other way',
  rslave: 'Those of the host are seen inside, not the other way, also below the mounts inside it'
})

const BindOptions = Type.Object({
  propagation: Type.Optional(propagation),
  nonRecursive: flag('Without the mounts that are below the source'),
  createMountpoint: flag('Make the source a folder where it does not exist. API 1.42 and newer'),
  readOnlyNonRecursive: flag('With `readOnly`: mounts below it stay writable, as they always do before API 1.44'),
  readOnlyForceRecursive: flag('With `readOnly`: fail where mounts below it can\'t be made so too. API 1.44 and newer')
}, { ...closed, title: 'BindOptionsSpec', description: 'For `bind`' })

const VolumeDriver = Type.Object({
  name: text('Its name; `local` when absent'),
  options: textMap('Its options')
}, { ...closed, title: 'VolumeDriverSpec', description: 'What makes the volume where it does not exist' })

const VolumeOptions = Type.Object({
  noCopy: flag('Do not fill a new volume with what the image has there'),
  labels: textMap('Labels of a new volume'),
  driver: Type.Optional(VolumeDriver),
  subpath: text('Mount this path within the volume. API 1.45 and newer')
}, { ...closed, title: 'VolumeOptionsSpec', description: 'For `volume`' })

const TmpfsOptions = Type.Object({
  sizeBytes: integer('Its size, in bytes; 0 for no limit'),
  mode: integer('Its permissions, as a number: octal 1777, the default, is 1023', 0, 0o7777),
  options: list(Type.Array(Type.String({ maxLength: 256 }), { minItems: 1, maxItems: 2 }), 'Further options of the file system, each `[name]` or `[name, value]`. API 1.46 and newer')
}, { ...closed, title: 'TmpfsOptionsSpec', description: 'For `tmpfs`' })

const ImageOptions = Type.Object({
  subpath: text('Mount this path within the image. API 1.49 and newer')
}, { ...closed, title: 'ImageOptionsSpec', description: 'For `image`' })

export const MountSpec = Type.Object({
  type: choice('MountType', 'What is mounted', {
    bind: 'A file or folder of the host',
    volume: 'A volume, which is made where it is not there yet',
    tmpfs: 'Memory that is gone with the container',
    npipe: 'Windows: a named pipe of the host',
    cluster: 'A volume of a swarm',
    image: 'The file system of an image; needs API 1.48 or newer'
  }),
  source: text('A path on the host, a volume\'s name or an image; none for tmpfs, and none for a volume without a name'),
  target: Type.String({ minLength: 1, maxLength: 4096, description: 'Where, inside the container: an absolute path' }),
  readOnly: flag('The container may only read it'),
  consistency: Type.Optional(choice('MountConsistency', 'How closely both sides agree; only Docker Desktop looks at it', {
    default: 'As the engine has it',
    consistent: 'Both sides always see the same',
    cached: 'The host is right; the container may see it later',
    delegated: 'The container is right; the host may see it later'
  })),
  bindOptions: Type.Optional(BindOptions),
  volumeOptions: Type.Optional(VolumeOptions),
  tmpfsOptions: Type.Optional(TmpfsOptions),
  imageOptions: Type.Optional(ImageOptions)
}, { ...closed, title: 'MountSpec', description: 'A mount' })

/** Each may be looked up at the engine, in a call that counts as one. */
const MOST = 200

export const MountFields = {
  binds: words('Mounts in short form, `source:target[:options]`', MOST),
  mounts: list(MountSpec, 'Mounts in long form', MOST),
  tmpfs: textMap('File systems in memory: a path inside → its mount options, e.g. `{"/run": "size=64m,mode=755"}`; the options may be empty'),
  volumes: words('Paths inside that get a volume without a name each'),
  volumesFrom: words('Containers whose volumes it gets as well, each `container[:ro|:rw]`', MOST),
  volumeDriver: text('The driver of the volumes that `binds` and `volumes` make'),
  storageOpt: textMap('Options of the storage driver for its root file system, e.g. `{"size": "10G"}`'),
  readonlyRootfs: flag('Make its root file system read-only')
} satisfies TProperties

type Mount = Static<typeof MountSpec>

const OPTIONS = { bind: 'bindOptions', volume: 'volumeOptions', tmpfs: 'tmpfsOptions', image: 'imageOptions' } as const

export function mountBody (mount: Mount): EngineObject {
  checked(mount)
  return given({
    ...renamed(mount, { type: 'Type', source: 'Source', target: 'Target', readOnly: 'ReadOnly', consistency: 'Consistency' }),
    BindOptions: part(mount.bindOptions, {
      propagation: 'Propagation',
      nonRecursive: 'NonRecursive',
      createMountpoint: 'CreateMountpoint',
      readOnlyNonRecursive: 'ReadOnlyNonRecursive',
      readOnlyForceRecursive: 'ReadOnlyForceRecursive'
    }),
    VolumeOptions: volumeOptions(mount.volumeOptions),
    TmpfsOptions: part(mount.tmpfsOptions, { sizeBytes: 'SizeBytes', mode: 'Mode', options: 'Options' }),
    ImageOptions: part(mount.imageOptions, { subpath: 'Subpath' })
  })
}

const volumeOptions = (options: Static<typeof VolumeOptions> | undefined): EngineObject | undefined => options === undefined
  ? undefined
  : given({
    ...renamed(options, { noCopy: 'NoCopy', labels: 'Labels', subpath: 'Subpath' }),
    DriverConfig: part(options.driver, { name: 'Name', options: 'Options' })
  })

/** Older engines take options of another type of mount and forget them. */
function checked (mount: Mount): void {
  for (const [type, field] of Object.entries(OPTIONS)) {
    if (mount[field as keyof Mount] !== undefined && mount.type !== type) throw invalidField('mounts', `${field} goes with a mount of type ${type}, not ${mount.type}`)
  }
}
