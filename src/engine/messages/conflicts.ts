import { BY, type EngineFault } from './fault.js'

/** What is there is in the way of what is asked for. */
export const conflictFaults: readonly EngineFault[] = [
  { says: /port is already allocated/, code: 'conflict', by: BY.docker },
  { says: /address already in use/i, code: 'conflict', by: BY.all },
  { says: /requested ip address \S+ is already allocated/, code: 'conflict', by: BY.podman },
  { says: /is already used on the host or by another config/, code: 'conflict', by: BY.podman },
  { says: /that name is already in use/, code: 'conflict', by: BY.podman },
  { says: /UNIQUE constraint failed: ContainerConfig\.Name/, code: 'conflict', by: BY.podman, words: 'another container has that name' },
  { says: /network name \S+ already used|conflicts with a valid network mode/, code: 'conflict', by: BY.podman },
  { says: /default network \S+ cannot be removed/, code: 'conflict', by: BY.podman },
  { says: /invalid network mode/, code: 'conflict', by: BY.podman, words: 'the container has a network that is not its own (its host\'s, or another container\'s): it cannot be connected to others' },
  { says: /sharing network namespace with another container or host cannot be connected/, code: 'conflict', by: BY.docker },
  { says: /is not running$|Cannot link to a non running container/i, code: 'conflict', by: BY.docker },
  { says: /container state improper/, code: 'conflict', by: BY.podman },
  { says: /can only be used on running containers/, code: 'conflict', by: BY.podman },
  { says: /driver does not support reading/, code: 'conflict', by: BY.docker },
  { says: /this container is not logging output/, code: 'conflict', by: BY.podman },
  { says: /(?:rootfs|volume) is marked read-only/, code: 'conflict', by: BY.docker },
  { says: /read-only file system/, code: 'conflict', by: BY.podman },
  { says: /cannot overwrite (?:non-)?directory/, code: 'conflict', by: BY.docker },
  { says: /copier: put: .*: file exists/, code: 'conflict', by: BY.podman },
  { says: /(?:open|openat) \S+: not a directory/, code: 'conflict', by: BY.all },
  { says: /failed to mount local volume/, code: 'conflict', by: BY.docker },
  { says: /^mounting volume /, code: 'conflict', by: BY.podman },
  { says: /unable to delete image .* with more than one tag/, code: 'conflict', by: BY.podman }
]
