import { Failure, noSuch } from '../../errors.js'
import { engineSaid } from '../engine-errors.js'

/** The engine's words for a missing target would tell an absent one from an invisible one. */
export async function missing<T> (kind: string, reference: string, call: Promise<T>): Promise<T> {
  try { return await call } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') throw noSuch(kind, reference, error)
    throw error
  }
}

/** The same of one platform of an image that is there. */
export async function missingPlatform<T> (reference: string, platform: string | undefined, call: Promise<T>): Promise<T> {
  if (platform === undefined) return await missing('image', reference, call)
  try { return await call } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') throw noSuch(`platform of the image ${reference} on this host`, platform, error)
    throw error
  }
}

/** For what need not be there. */
export async function unlessAbsent<T> (look: Promise<T>): Promise<T | undefined> {
  try { return await look } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return undefined
    throw error
  }
}

/** The engine says 304 where what is asked for is so already. */
export async function unlessSo (call: Promise<unknown>): Promise<void> {
  try { await call } catch (error) {
    if (!(error instanceof Failure && engineStatus(error) === 304)) throw error
  }
}

const engineStatus = ({ cause }: Failure): unknown => (cause as { statusCode?: unknown } | undefined)?.statusCode

/** What a wait answered. @throws where the wait itself failed */
export function exitCodeOf (answer: unknown): number {
  const { StatusCode, Error: error } = answer as { StatusCode: number, Error?: { Message: string } | null }
  if (error?.Message !== undefined) throw engineSaid(error.Message)
  return StatusCode
}
