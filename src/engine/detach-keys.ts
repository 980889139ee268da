import { randomInt } from 'node:crypto'

/** As every engine has it. */
const DEFAULT = 'ctrl-p,ctrl-q'
const CONTROL = 'ctrl-'
const NONE = Buffer.alloc(0)

/**
 * Keys for the engine, which can't be told not to look for any, and finds them in the middle of a file that is sent
 * through a terminal as well: up to 20.10 that ends an exec, instead of detaching from it. Nobody types these.
 */
export const unlikelyKeys = (): string => ['ctrl-^', ...Array.from({ length: 20 }, () => String.fromCharCode(97 + randomInt(26)))].join(',')

/** Looks for the keys that detach. A key counts where it comes alone, as it does when it is typed: what is pasted or sent by a program passes as it is. */
export class DetachKeys {
  readonly #keys: Buffer
  /** How many of the keys have come, and are held back. */
  #held = 0

  constructor (keys = DEFAULT) {
    this.#keys = Buffer.from(keys.split(',').map(codeOf))
  }

  /** What is to be passed on; null where the keys are complete. */
  take (data: Buffer): Buffer | null {
    if (data.length === 1 && data[0] === this.#keys[this.#held]) return ++this.#held === this.#keys.length ? null : NONE
    const before = this.rest()
    if (data.length === 1 && data[0] === this.#keys[0]) {
      this.#held = 1
      return before
    }
    return before.length === 0 ? data : Buffer.concat([before, data])
  }

  /** What is held back and turned out to be something else. */
  rest (): Buffer {
    const rest = this.#keys.subarray(0, this.#held)
    this.#held = 0
    return rest
  }
}

/** `ctrl-a` is 1, and so on in the order of ASCII. */
const codeOf = (key: string): number => key.startsWith(CONTROL) ? key.slice(CONTROL.length).toUpperCase().charCodeAt(0) - 64 : key.charCodeAt(0)
