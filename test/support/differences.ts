import { ENGINE_KINDS, type EngineKind } from '../../scripts/lib/engine-kinds.mjs'
import { isAtLeast } from '../../src/engine/connection/api-version.js'
import { engines } from './engines.js'

const { kind } = engines[0]

/** Whether the engines of this run speak a version of Docker's API, or a newer one. */
export const speaks = (since: string): boolean => isAtLeast(ENGINE_KINDS[kind].api, since)

interface Difference<T> { readonly reason: string, readonly usual: T, readonly of: Partial<Record<EngineKind, T>> }

const differing = <T>(reason: string, usual: T, of: Partial<Record<EngineKind, NoInfer<T>>>): Difference<T> => ({ reason, usual, of })

const NEWEST = ['28.5', '28.5-containerd'] as const
const onAll = <T>(kinds: readonly EngineKind[], value: T): Partial<Record<EngineKind, T>> => Object.fromEntries(kinds.map(kind => [kind, value]))

/** What engines do differently, where a test says what one does: a row each, with its reason. */
const DIFFERENCES = {
  workingDirAbsent: differing('an exec that cannot be started ends with the runtime\'s own code', 126, onAll(NEWEST, 127)),
  macAddress: differing('an engine that makes up addresses takes them from a prefix of its own up to 26', /^02:/, onAll(NEWEST, /^[0-9a-f]{2}:/)),
  writtenBytes: differing('what a container wrote is counted in bytes, by containerd in blocks', 70_000, { '28.5-containerd': 90_112 }),
  promisesImageBytes: differing('containerd\'s store does not tell what images share with one another: a dry run can\'t know what goes', true, { '28.5-containerd': false }),
  tellsLayers: differing('a removal tells the layers that go along; containerd\'s store the image alone', true, { '28.5-containerd': false }),
  tellsLoading: differing('a load tells how far it is, containerd\'s only what is loaded', true, { '28.5-containerd': false }),
  leavesNothingOfALoad: differing('what came of a load that was broken off goes; containerd\'s store keeps the image\'s record', true, { '28.5-containerd': false }),
  emptyLayerBytes: differing('containerd counts the folder itself', 0, { '28.5-containerd': 4096 }),
  refusesStorageSize: differing('overlay2 refuses a size that its file system cannot keep to; containerd\'s store passes over it', true, { '28.5-containerd': false }),
  joinsRuns: differing('a log of Podman\'s does not tell a run that ended without a newline from a line that goes on', false, { podman: true }),
  questionsOfTail: differing('Podman writes many lines with one time, so that a place among them takes another look', 1, { podman: 2 })
} satisfies Record<string, Difference<unknown>>

/** What the engines of this run do. */
export function here<K extends keyof typeof DIFFERENCES> (name: K): (typeof DIFFERENCES)[K]['usual'] {
  const { usual, of }: Difference<(typeof DIFFERENCES)[K]['usual']> = DIFFERENCES[name]
  return kind in of ? of[kind] ?? usual : usual
}
