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
  noBuildCache: podman('what builds keep are images, which go with those: there is no prune of them by themselves (404)'),
  diskUsageByTag: podman('the account of the disk has an image once for each tag, by a bare id and without its repository'),
  networkOfStopped: podman('a network is in use by containers that do not run as well')
} satisfies Record<string, Difference>

export type DifferenceName = keyof typeof DIFFERENCES

export const differs = (engine: Engine, name: DifferenceName): boolean => DIFFERENCES[name].isOf(engine)
