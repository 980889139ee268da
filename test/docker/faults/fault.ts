import type { Code } from '../../../src/lib/errors.js'
import type { Generation } from '../../../src/engine/messages/fault.js'
import type { Answer } from '../../support/client.js'
import type { Bed } from './bed.js'

/** Something that a caller does wrong, made for real. */
export interface Fault {
  readonly what: string
  /** What it is answered as. */
  readonly code: Code
  readonly make: (bed: Bed) => Promise<Answer>
  /** Engines to which it is another fault. `taken`: it is none to them, so that nothing is asked but that it is no failure of theirs. */
  readonly unlike?: Partial<Record<Generation, Code | 'taken'>>
}
