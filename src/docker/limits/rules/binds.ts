import { posix } from 'node:path'
import type { Limits as RoleLimits } from '../../../authorization/limits/schema.js'
import { objectPattern } from '../../../model/names.js'
import type { LimitsOnHost } from '../rows.js'
import { instead, overText } from './words.js'

const VOLUME_NAME = new RegExp(objectPattern)
/** Mounts made inside would come to be the host's. */
const SHARED = ['shared', 'rshared']

/** As engines clean it, so that no way around leads out of a root. */
const cleaned = (path: string): string => posix.normalize(path).replace(/(.)\/$/, '$1')

const isWithin = (path: string, root: string): boolean => root === '/' || path === root || path.startsWith(`${root}/`)

const isBelow = (path: string, root: string): boolean => path !== root && isWithin(path, root)

type Root = NonNullable<RoleLimits['bindRoots']>[number]

const mayWrite = ({ readOnly }: Root): boolean => readOnly !== true

/**
 * Whether a folder of the host may be given: one of the roots has it. A root in which a container may write is given as a
 * whole: a link that was made below it would be followed on the host, and lead anywhere; seen from inside, it stays inside.
 */
export function refusePath (source: string, readOnly: boolean, { bindRoots = [], writtenOnHost = [] }: LimitsOnHost): string | undefined {
  if (!source.startsWith('/') || source.includes('\0')) return `${JSON.stringify(source)} is no absolute path and no volume's name: ${words(bindRoots)}`
  const path = cleaned(source)
  if (bindRoots.some(root => root.path === '/' && mayWrite(root))) return undefined
  if (!bindRoots.some(root => isWithin(path, root.path))) return `${path} is a path of the host that you may not mount: ${words(bindRoots)}`
  const written = bindRoots.find(root => mayWrite(root) && isBelow(path, root.path))
  if (written !== undefined) return `${path} is below ${written.path}, in which you may write, so that a link there could lead anywhere: mount ${written.path} itself, or a volume with a subpath`
  if (writtenOnHost.some(root => isBelow(path, root))) return `${path} is below a folder in which others may write, so that a link there could lead anywhere: mount a volume with a subpath instead`
  return readOnly || bindRoots.some(root => mayWrite(root) && path === root.path) ? undefined : `${path} may be mounted read-only alone: say so`
}

const words = (roots: readonly Root[]): string =>
  instead(roots.map(({ path, readOnly = false }) => `${path}${readOnly ? ' (read-only)' : ''}`), 'no path of the host')

export const refusePropagation = (propagation: unknown): string | undefined =>
  SHARED.includes(String(propagation)) ? `${String(propagation)}: mounts made inside would be the host's as well` : undefined

/** `source:target[:options]`, as the engine takes it apart; a single path is a volume without a name. */
export const refuseBind = overText<LimitsOnHost>((bind, limits) => {
  const [source = '', target, options = ''] = bind.split(':')
  if (target === undefined) return undefined
  const modes = options.split(',')
  const shared = modes.map(refusePropagation).find(message => message !== undefined)
  if (shared !== undefined) return shared
  return VOLUME_NAME.test(source) ? undefined : refusePath(source, modes.includes('ro'), limits)
})
