import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, engineError } from '../../lib/errors.js'

/** How long until an engine is asked for sizes again, in milliseconds. */
const PAUSES_MS = [20, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]

/**
 * The answer of a call that makes an engine count sizes on its disk. It is asked again if something else was in the
 * way of the count.
 * @throws `engine-error` if something was in the way each time
 */
export async function withSizes<T> (call: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await call()
    } catch (error) {
      if (!isDisturbed(error)) throw error
      await sleep(pause)
    }
  }
  return await call().catch(error => {
    throw isDisturbed(error) ? engineError('the engine could not count sizes while something was being removed: try again', { cause: error }) : error
  })
}

/**
 * An engine with containerd's store says that a snapshot is not found if something is removed while it counts
 * (moby/moby#51979, mended in Engine 29): nothing that the caller named is absent. An engine before API 1.42 does not
 * count for two clients at once.
 */
const isDisturbed = (error: unknown): boolean => error instanceof Failure && SAYS.some(words => words.test(error.message))

const SAYS = [/snapshot .*(?:not found|does not exist)/, /: not found$/, /disk usage operation is already running/]
