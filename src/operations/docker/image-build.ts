import Type from 'typebox'
import { events, operation } from '../../operation/define.js'
import { BuildOptions } from '../../docker/images/build-options.js'
import { joinedReferences } from '../../docker/authorization/references.js'
import { imageOwnershipLabels } from '../../docker/authorization/ownership-labels.js'
import { buildOn } from '../../docker/images/image-build.js'
import { buildLimits } from '../../docker/limits/evaluate.js'

import { BuildStreamEvent } from '../../engine/models/image-transfers.js'
import { HostName } from '../../model/names.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_ITS_TARGET } from '../../operation/none.js'
import { REGISTRY_AUTH } from './unlimited.js'

const DESCRIPTION = `The body is the build context, a plain tar with a Dockerfile in it. The engine's classic builder builds it, or with \`builder: "buildkit"\` \
BuildKit: with mounts of \`RUN\`, but for secrets and SSH, which would take a session. Its output is always an image of the engine's. BuildKit heeds no limits of steps but \`ulimits\` and \
\`shmSizeBytes\` (API 1.42 and newer), and no credentials of registries: such inputs go with the classic builder alone. What a cache mount keeps is its user's own, but for administrators. Not offered is a context that the engine would fetch from an address by itself: \
that would let a caller reach what the host reaches.

Tells the builder's lines as \`step\` and the pull of a base image as \`progress\`, and ends with the image's id and what arrived of the context. An image that is for another platform than was asked for is an error (\`unprocessable\`): it is told by its id, and gets no name. \
What a \`.dockerignore\` leaves out is the client's to leave out of the tar, as Docker's own does; engines do not read it. Without a job, a client that leaves cancels the build: \
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
    input: Type.Object({ host: HostName, ...BuildOptions }, closed),
    output: events(BuildStreamEvent),
    secret: ['buildArgs', 'registryAuth'],
    writesImages: ({ tags = [] }) => tags,
    ownershipLabels: imageOwnershipLabels,
    limits: { ...buildLimits, unlimited: { registryAuth: REGISTRY_AUTH } },
    references: { inputs: ['networkMode'], of: ({ networkMode }) => joinedReferences({ networkMode }) },
    target: CREATES_ITS_TARGET,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'builder', 'tags', 'dockerfile', 'target', 'platform', 'pull', 'networkMode', 'extraHosts', 'cgroupParent', 'securityOpt', 'squash'],
    example: { host: 'local', tags: ['caisson-test/built:latest'], labels: { team: 'blue' } },
    async handler ({ host, ...options }, { access, grant, hosts, signal, upload }) {
      return await buildOn(hosts.get(host), upload, options, { access, grant, signal })
    }
  })
]
