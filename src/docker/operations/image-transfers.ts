import Type from 'typebox'
import { events, operation } from '../../operation/define.js'
import { Closed, Platform, Text, filterWords } from '../models/common.js'
import { ImageStreamEvent } from '../models/progress.js'
import { HostName, ImageReference, imagePattern } from '../names.js'
import { registryHeader, RegistryAuth } from '../registry-auth.js'
import { plainTar } from '../../tar/plain-tar.js'

export const imageTransferOperations = [
  operation({
    name: 'image.pull',
    summary: 'Pull an image from its registry',
    description: 'Tells the progress of each layer, and ends with the image\'s id and digest. A client that leaves ends the pull.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/images/pull',
    input: Type.Object({
      host: HostName,
      reference: ImageReference,
      platform: Type.Optional(Platform),
      registryAuth: Type.Optional(RegistryAuth)
    }, Closed),
    output: events(ImageStreamEvent),
    secret: ['registryAuth'],
    audit: ['host', 'reference', 'platform'],
    example: { host: 'local', reference: 'localhost:5000/caisson-test/pulled:latest' },
    async handler ({ host, reference, registryAuth, platform }, { hosts, signal }) {
      return await hosts.get(host).images.pull(reference, { platform, registryAuth: registryHeader(registryAuth) }, signal)
    }
  }),

  operation({
    name: 'image.import',
    summary: 'Make an image of a root file system',
    description: 'The body is a plain tar. Ends with the image\'s id.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/images/import',
    upload: 'application/x-tar',
    input: Type.Object({
      host: HostName,
      repository: Type.Optional(Type.String({ pattern: imagePattern, maxLength: 255, description: 'The repository to name it by, e.g. `team/app`', 'x-expects': 'a repository such as "team/app"' })),
      tag: Type.Optional(Type.String({ pattern: '^[\\w][\\w.-]{0,127}$', description: 'The tag; default `latest`', 'x-expects': 'a tag: letters, digits, "_", "." and "-", 128 at most' })),
      message: Type.Optional(Text('A message for its history')),
      changes: filterWords('Instructions of a Dockerfile, e.g. `CMD ["sh"]`')
    }, Closed),
    output: events(ImageStreamEvent),
    audit: ['host', 'repository', 'tag'],
    example: { host: 'local', repository: 'caisson-test/imported', tag: 'latest' },
    async handler ({ host, ...options }, { hosts, signal, upload }) {
      return await hosts.get(host).images.import(plainTar(upload), options, signal)
    }
  })
]
