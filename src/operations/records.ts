import { noSuch } from '../lib/errors.js'
import type { Target } from '../model/target.js'

/** What `invoke()` has read of a record already. */
export function recordOf<T> (target: Target | undefined, kind: Target['kind']): T {
  if (target?.kind !== kind || target.object === undefined) throw noSuch(kind, target?.reference ?? '')
  return target.object as T
}
