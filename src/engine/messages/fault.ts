import type { Code } from '../../lib/errors.js'

/** The generations whose words are known; `28.5-containerd` is 28.5 with containerd's image store. */
export type Generation = '20.10' | '26.1' | '28.5' | '28.5-containerd' | 'podman'

const DOCKER = ['20.10', '26.1', '28.5', '28.5-containerd'] as const
export const BY = {
  docker: DOCKER,
  graphDrivers: ['20.10', '26.1', '28.5'],
  containerd: ['28.5-containerd'],
  old: ['20.10'],
  newer: ['26.1', '28.5', '28.5-containerd'],
  podman: ['podman'],
  all: [...DOCKER, 'podman']
} as const satisfies Record<string, readonly Generation[]>

/** A fault of the caller's, by the words in which engines tell of it: their status is often that of a fault of their own. */
export interface EngineFault {
  readonly says: RegExp
  readonly code: Code
  /** Which engines say it so. Each of them is made to say it by `test/docker/faults/`. */
  readonly by: readonly Generation[]
  /** What is said instead of words that help nobody. */
  readonly words?: string
}
