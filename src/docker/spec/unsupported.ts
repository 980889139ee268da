import { invalidInput, type Fault } from '../../lib/errors.js'
import { differs } from '../../engine/kinds/differences.js'
import type { Engine } from '../../engine/kinds/engine.js'

/** A field, as a JSON Pointer, and whether the input has it with a value that the engine would pass over. */
export type GivenField = readonly [path: string, isGiven: boolean]

const UNSUPPORTED = 'would be taken and not done: Podman does not heed it'

/** @throws `invalid-input` for what this engine would do in appearance only, and for `others` */
export function refuseUnsupported (engine: Engine, fields: () => readonly GivenField[], others: () => readonly Fault[] = () => []): void {
  if (!differs(engine, 'unsupportedFields')) return
  const faults = [...fields().filter(([, isGiven]) => isGiven).map(([path]): Fault => ({ path, message: UNSUPPORTED })), ...others()]
  if (faults.length > 0) throw invalidInput(faults.map(({ path, message }) => `${path} ${message}`).join('; '), faults)
}
