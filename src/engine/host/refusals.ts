import { Failure, noSuch } from '../../lib/errors.js'
import { engineSaid } from '../connection/errors.js'

/** A beginning of an id that several have. Which they are is for who looks at them to say: see prefixes.ts. */
export class Ambiguous extends Failure {
  constructor (kind: string, reference: string, cause: unknown) {
    super('conflict', `several ${kind}s have ids that begin with ${reference}: say more of the one that is meant`, { cause })
  }
}

/** How engines say so, each with a status of its own. */
const SEVERAL = /^multiple IDs found with provided prefix|\bis ambiguous\b|\bmore than one result\b/i

/** The engine's words for a missing target would tell an absent one from an invisible one. */
export async function missing<T> (kind: string, reference: string, call: Promise<T>): Promise<T> {
  try { return await call } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') throw noSuch(kind, reference, error)
    if (error instanceof Failure && SEVERAL.test(error.detail)) throw new Ambiguous(kind, reference, error)
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
