import Type, { type Static } from 'typebox'
import { choice } from '../../../model/choice.js'
import type { PathChange, PathStat } from '../../../engine/host/files.js'
import { Bytes, DateTime, Text } from '../../../engine/models/common.js'
import { closed } from '../../../model/objects.js'

const FileType = choice('FileType', 'What a path is', {
  file: 'An ordinary file',
  directory: 'A folder',
  symlink: 'A symbolic link',
  device: 'A block device',
  characterDevice: 'A character device',
  fifo: 'A named pipe',
  socket: 'A Unix socket',
  other: 'Something else'
})

export const FileStat = Type.Object({
  name: Text('The last part of its path'),
  type: FileType,
  sizeBytes: Bytes('Its size; of a folder or link, what its file system says'),
  mode: Type.String({ pattern: '^[0-7]{4}$', description: 'Permissions in octal, with setuid, setgid and sticky bits first: `0644`, `1777`' }),
  modifiedAt: DateTime('When its content was last changed'),
  linkTarget: Type.Optional(Text('Of a symbolic link: the path inside the container where it leads in the end'))
}, { ...closed, title: 'FileStat', description: 'A file, folder or link inside a container' })

const ChangeKind = choice('FileChangeKind', 'What became of it since the container was created', {
  modified: 'Its content, or what it is, has changed', added: 'It is new', deleted: 'It is gone'
})

const FileChange = Type.Object({
  path: Text('The absolute path inside the container'),
  kind: ChangeKind
}, { ...closed, title: 'FileChange', description: 'A file or folder that differs from the image\'s' })

export const FileChanges = Type.Object({
  items: Type.Array(FileChange, { description: 'What differs, as the engine sorts it' })
}, { ...closed, title: 'FileChanges', description: 'What differs from the image' })

/** Go's FileMode has a bit for each type; none is a regular file. A character device has the device's bit too. */
const TYPES: ReadonlyArray<readonly [bit: number, type: Static<typeof FileType>]> = [
  [31, 'directory'], [27, 'symlink'], [21, 'characterDevice'], [26, 'device'], [25, 'fifo'], [24, 'socket'], [19, 'other']
]
const [SETUID, SETGID, STICKY] = [23, 22, 20]

export function fileStat ({ name, size, mode, mtime, linkTarget }: PathStat): Static<typeof FileStat> {
  const stat = { name, type: typeOf(mode), sizeBytes: size, mode: unixMode(mode), modifiedAt: new Date(mtime).toISOString() }
  return linkTarget === '' ? stat : { ...stat, linkTarget }
}

const has = (mode: number, bit: number): boolean => Math.floor(mode / 2 ** bit) % 2 === 1

const typeOf = (mode: number): Static<typeof FileType> => TYPES.find(([bit]) => has(mode, bit))?.[1] ?? 'file'

function unixMode (mode: number): string {
  const special = (has(mode, SETUID) ? 4 : 0) + (has(mode, SETGID) ? 2 : 0) + (has(mode, STICKY) ? 1 : 0)
  return `${special}${(mode % 0o1000).toString(8).padStart(3, '0')}`
}

const KINDS: ReadonlyArray<Static<typeof ChangeKind>> = ['modified', 'added', 'deleted']

export const fileChanges = (changes: readonly PathChange[]): Static<typeof FileChanges> =>
  ({ items: changes.map(({ Path: path, Kind }) => ({ path, kind: KINDS[Kind] ?? 'modified' })) })
