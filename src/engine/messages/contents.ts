import { BY, type EngineFault } from './fault.js'

const NO_IMAGE = 'the archive is no image as `image.save` or `docker save` writes it'

/** What was sent cannot be used: a build context, an archive. */
export const contentFaults: readonly EngineFault[] = [
  { says: /returned a non-zero code/, code: 'unprocessable', by: BY.docker },
  { says: /(?:COPY|ADD) failed: /, code: 'unprocessable', by: BY.docker },
  { says: /dockerfile parse error|no build stage in current context|Dockerfile \(.*\) cannot be empty/i, code: 'unprocessable', by: BY.docker },
  { says: /^building at STEP |requires a FROM instruction|no contents in /, code: 'unprocessable', by: BY.podman },
  { says: /docker-import-\d+/, code: 'unprocessable', by: BY.graphDrivers, words: NO_IMAGE },
  { says: /unrecognized image format|image config "\S+" not found/, code: 'unprocessable', by: BY.containerd },
  { says: /does not match any of the supported image formats/, code: 'unprocessable', by: BY.podman, words: NO_IMAGE }
]
