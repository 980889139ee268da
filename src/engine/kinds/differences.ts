import type { Engine } from './engine.js'

/** Where engines do not do alike what they are asked for alike. */
export interface Difference {
  /** What the engine does, and what the gateway does about it. */
  readonly reason: string
  readonly isOf: (engine: Engine) => boolean
}

const podman = (reason: string): Difference => ({ reason, isOf: ({ product }) => product === 'podman' })

/** One row for each difference that the gateway sees to. Whoever has to know asks {@link differs}, never for a product or a version. */
export const DIFFERENCES = {
  unnamedVolumesByLibpod: podman('Docker labels volumes that nobody named (API 1.42); Podman says so in its own API alone, and its prune takes all that no container has'),
  networkInUseGoesById: podman('by its id a network goes that containers are on, and they break; by its name it is refused'),
  noEventsUntilNow: podman('what is remembered is told without `stream` alone: with an `until` that is over there is nothing; and without `since` all of it is told as if it happened now'),
  eventsInOwnWords: podman('`exec`, `exec_died`, `remove` … where Docker says `exec_start`, `exec_die`, `destroy`; `init` and `cleanup`, of which Docker says nothing; files of the engine as names of images; of a volume no id'),
  updateForgets: podman('an update passes over `NanoCpus`, and sets the restart policy to `no` where none is sent; a limit of CPU is told twice'),
  unsupportedFields: podman('what Docker has and Podman has not is taken and not done; a name in `env` without a value becomes that of the engine itself'),
  buildsUnconfined: podman('not all that a build is told about its isolation is kept'),
  annotatesItself: podman('what the engine notes for itself stands among the annotations of a container'),
  statsWithoutBefore: podman('a single answer has no sample of the CPU before, and one that does not run has none at all'),
  neverIpv4: podman('`EnableIPv4` is false, whatever addresses a network has'),
  noBuildCache: podman('what builds keep are images, which go with those: there is no prune of them by themselves (404)'),
  diskUsageByTag: podman('the account of the disk has an image once for each tag, by a bare id and without its repository'),
  logLinesInPieces: podman('a line is cut at 8,192 bytes, and wherever its process has paused: what ends without a newline goes on in the next piece, however short it is; with Docker only one of 16,384 bytes does. So a run that ended without a newline is joined with the next'),
  networkOfStopped: podman('a network is in use by containers that do not run as well')
} satisfies Record<string, Difference>

export type DifferenceName = keyof typeof DIFFERENCES

export const differs = (engine: Engine, name: DifferenceName): boolean => DIFFERENCES[name].isOf(engine)
