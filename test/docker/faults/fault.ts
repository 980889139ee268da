import type { Code } from '../../../src/errors.js'
import type { Answer } from '../../support/client.js'
import type { Bed } from './bed.js'

/** Something that a caller does wrong, made for real. */
export interface Fault {
  readonly what: string
  /** What it is answered as, on every engine. */
  readonly code: Code
  readonly make: (bed: Bed) => Promise<Answer>
}
