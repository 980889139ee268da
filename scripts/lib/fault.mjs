// @ts-check
import { cleanUp, endingBy } from './cleanup.mjs'
import { endWithParent } from './parent.mjs'

/** A failure that the person at the terminal can do something about: its message is all they need. */
export class Fault extends Error {}

/**
 * The last lines of a tool's output, for an error message. Addresses are left out: they belong to the
 * machine's set-up, and its owner may not want them in a log that others read.
 * @param {string} text
 * @param {number} [lines]
 */
export function tail (text, lines = 30) {
  return text.trimEnd().split('\n').slice(-lines).join('\n').replace(/\bhttps?:\/\/\S+/g, '(address)')
}

/**
 * Runs a script's main function and leaves nothing behind: a `Fault` is one line, anything else is a bug and shows
 * its stack.
 * @param {() => Promise<number | void>} main
 */
export async function run (main) {
  let code = 0
  endWithParent()
  try {
    code = await main() ?? 0
  } catch (error) {
    if (endingBy()) return // the signal's own clean-up ends the process
    code = 1
    console.error(error instanceof Fault ? error.message : error)
  }
  await cleanUp()
  process.exit(code)
}
