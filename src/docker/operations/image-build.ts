import Type from 'typebox'
import { events, operation } from '../../operation/define.js'
import { BuildOptions } from '../build-options.js'
import { joiningClaims } from '../guards/claims.js'
import { labelledImage } from '../guards/stamps.js'
import { weighBuild } from '../limits/weigh.js'
import { Closed } from '../models/common.js'
import { BuildStreamEvent } from '../models/image-transfers.js'
import { HostName } from '../names.js'

const DESCRIPTION = `The body is the build context, a plain tar with a Dockerfile in it. The engine's classic builder builds it: what BuildKit alone \
has (secrets, SSH, outputs, mounts of \`RUN\`) is not offered. Nor is a context that the engine would fetch from an address by itself: \
that would let a caller reach what the host reaches.

Tells the builder's lines as \`step\` and the pull of a base image as \`progress\`, and ends with the image's id. Without a job, a client that leaves cancels the build: \
the step that runs is killed and its container removed.`

export const imageBuildOperations = [
  operation({
    name: 'image.build',
    summary: 'Build an image from a Dockerfile',
    description: DESCRIPTION,
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/images/build',
    upload: 'application/x-tar',
    input: Type.Object({ host: HostName, ...BuildOptions }, Closed),
    output: events(BuildStreamEvent),
    secret: ['buildArgs', 'registryAuth'],
    writesImages: ({ tags = [] }) => tags,
    stamps: labelledImage,
    weighs: weighBuild,
    claims: ({ networkMode }) => joiningClaims({ networkMode }),
    audit: ['host', 'tags', 'dockerfile', 'target', 'platform', 'pull', 'networkMode', 'extraHosts', 'cgroupParent', 'securityOpt', 'squash'],
    example: { host: 'local', tags: ['caisson-test/built:latest'], labels: { team: 'blue' } },
    async handler ({ host, ...options }, { hosts, signal, upload }) {
      return await hosts.get(host).images.build(upload, options, signal)
    }
  })
]
