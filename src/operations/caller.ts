import { unauthenticated } from '../lib/errors.js'
import type { Actor } from '../model/caller.js'
import type { Context } from '../operation/context.js'

/** `invoke()` lets nobody without a name this far; the compiler does not know. */
export function caller ({ actor }: Pick<Context, 'actor'>): Actor {
  if (actor === null) throw unauthenticated('this call needs a token')
  return actor
}
