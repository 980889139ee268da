import { BY, type EngineFault } from './fault.js'

/** What is named is not there. */
export const absenceFaults: readonly EngineFault[] = [
  { says: /no such container[: ]/i, code: 'not-found', by: BY.docker },
  { says: /no container with name or ID .* found/, code: 'not-found', by: BY.podman },
  { says: /could not find local image for filter/, code: 'not-found', by: BY.podman },
  { says: /network \S+ not found/, code: 'not-found', by: BY.docker },
  { says: /plugin "\S+" not found/, code: 'not-found', by: BY.docker },
  { says: /invalid log driver/, code: 'not-found', by: BY.podman },
  { says: /failed to find driver or plugin|no volume plugin with name/, code: 'not-found', by: BY.podman },
  { says: /does not match the specified platform/, code: 'not-found', by: ['26.1'] },
  // A path goes on behind a file.
  { says: /lstat \S*[^/\s]: not a directory/, code: 'not-found', by: BY.docker }
]
