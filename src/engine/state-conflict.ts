import type Docker from 'dockerode'
import { Failure, conflict } from '../lib/errors.js'

/**
 * The engine's conflict, with the state that the container was in: its own words do not always name it.
 * @param needs the state without which the call can't be done; older engines answer 500 where it is another
 */
export async function withState<T> ({ State: { Status } }: Pick<Docker.ContainerInspectInfo, 'State'>, call: Promise<T>, needs?: string): Promise<T> {
  try { return await call } catch (error) {
    if (!(error instanceof Failure)) throw error
    const wrongState = error.code === 'conflict' || (error.code === 'engine-error' && needs !== undefined && Status !== needs)
    throw wrongState ? conflict(`${error.detail} (the container was ${Status})`, { cause: error }) : error
  }
}
