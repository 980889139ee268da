import Type from 'typebox'
import { bytes, operation, value } from '../../operation/define.js'
import { plainTar } from '../../tar/plain-tar.js'

import { FileChanges, FileStat, fileChanges, fileStat } from '../../docker/containers/models/file.js'
import { ReceivedTar } from '../../engine/models/received-tar.js'
import { ContainerRef } from '../../model/names.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_NOTHING, NAMES_NOTHING_ELSE } from '../../operation/none.js'
import { none } from '../../authorization/authorization-spec.js'

/** The engine resolves it inside the container, links and `..` included. */
const InnerPath = (description: string) => Type.String({
  minLength: 1,
  maxLength: 4096,
  pattern: '^[^\\u0000]+$',
  description: `${description}, inside the container; a relative one begins at \`/\``,
  'x-expects': 'a path of 1 to 4096 characters, without a NUL'
})

export const containerFileOperations = [
  operation({
    name: 'container.copyOut',
    summary: 'Copy a file or folder out of a container',
    description: 'A plain tar, as `docker cp CONTAINER:PATH -` writes it: its first entry is the file or folder itself, by its last name. The container need not run. A path that is not there is a 404 with the engine\'s words.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}/files',
    input: Type.Object({ ...ContainerRef, path: InnerPath('The file or folder') }, closed),
    output: bytes('application/x-tar'),
    target: 'container',
    audit: ['host', 'id', 'path'],
    example: { host: 'local', id: 'caisson-example', path: '/etc/passwd' },
    async handler ({ host, id, path }, { hosts, signal }) {
      return await hosts.get(host).files.copyOut(id, path, signal)
    }
  }),

  operation({
    name: 'container.copyIn',
    summary: 'Copy files into a container',
    description: 'The body is a plain tar, unpacked in the folder `path` as `docker cp - CONTAINER:PATH` does; the container need not run. A compressed body is a 415. What is no tar, is cut off, or has an entry that is absolute, climbs out (`..`), goes through a symbolic link of the same archive, is a device or a fifo, or is sparse, is a 400: nothing of that entry or after it reaches the engine. Entries before it may stay: an engine unpacks while it reads. An upload that ends between two entries is an end for engines: the answer says what arrived, and `unterminated`.',
    class: 'write',
    method: 'PUT',
    path: '/hosts/{host}/containers/{id}/files',
    upload: 'application/x-tar',
    input: Type.Object({
      ...ContainerRef,
      path: InnerPath('The folder to unpack in; it must be there'),
      noOverwriteDirNonDir: Type.Optional(Type.Boolean({ default: false, description: 'Refuse to replace a folder by something else, or something else by a folder' })),
      copyUidGid: Type.Optional(Type.Boolean({ default: false, description: 'Give what is unpacked to the container\'s own user, instead of the owners that the tar names' }))
    }, closed),
    output: value(ReceivedTar),
    target: 'container',
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: none('files inside a container take nothing more of the host'),
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', 'path', 'noOverwriteDirNonDir', 'copyUidGid'],
    example: { host: 'local', id: 'caisson-example', path: '/tmp' },
    async handler ({ host, id, ...options }, { hosts, signal, upload }) {
      return await hosts.get(host).files.copyIn(id, plainTar(upload, { entries: 'inside' }), options, signal)
    }
  }),

  operation({
    name: 'container.stat',
    summary: 'Look at a file or folder in a container',
    description: 'A symbolic link is told as itself, and where it leads. The container need not run. A path that is not there is a 404.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}/files/stat',
    input: Type.Object({ ...ContainerRef, path: InnerPath('The file or folder') }, closed),
    output: value(FileStat),
    target: 'container',
    audit: ['host', 'id', 'path'],
    example: { host: 'local', id: 'caisson-example', path: '/etc/passwd' },
    async handler ({ host, id, path }, { hosts, signal }) {
      return fileStat(await hosts.get(host).files.stat(id, path, signal))
    }
  }),

  operation({
    name: 'container.export',
    summary: 'Export a container\'s root file system',
    description: 'A plain tar of everything but what is mounted in it, as `docker export` writes it. The container need not run.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}/export',
    input: Type.Object(ContainerRef, closed),
    output: bytes('application/x-tar'),
    target: 'container',
    audit: ['host', 'id'],
    example: { host: 'local', id: 'caisson-example' },
    async handler ({ host, id }, { hosts, signal }) {
      return await hosts.get(host).files.export(id, signal)
    }
  }),

  operation({
    name: 'container.diff',
    summary: 'What differs in a container from its image',
    description: 'Files and folders that were added, modified or deleted since the container was created. What is mounted in it is left out.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}/changes',
    input: Type.Object(ContainerRef, closed),
    output: value(FileChanges),
    target: 'container',
    audit: ['host', 'id'],
    example: { host: 'local', id: 'caisson-example' },
    async handler ({ host, id }, { hosts }) {
      return fileChanges(await hosts.get(host).files.diff(id))
    }
  })
]
