// @ts-check
import { constants } from 'node:os'

/** @type {Set<() => unknown>} */
const pending = new Set()
/** @type {Promise<void> | undefined} */
let running

/**
 * Has `undo` called by `cleanUp()` and on SIGINT, SIGTERM and SIGHUP; what was registered last goes first.
 * @param {() => unknown} undo
 * @returns {() => void} forgets it again, for what has been undone already
 */
export function onExit (undo) {
  if (pending.size === 0) listen()
  pending.add(undo)
  return () => { pending.delete(undo) }
}

export function cleanUp () {
  running ??= undoAll().finally(() => { running = undefined })
  return running
}

async function undoAll () {
  for (const undo of [...pending].reverse()) {
    pending.delete(undo)
    try {
      await undo()
    } catch (error) {
      console.error('clean-up:', error)
    }
  }
}

let listening = false
let normal = false
/** @type {NodeJS.Signals | undefined} */
let signalled

/** The signal that is ending this process, from its arrival on: what fails from then on fails because of it. */
export const endingBy = () => signalled

/** For a program that runs until it is told to stop: being told is not a failure. */
export function signalIsNormalEnd () {
  normal = true
}

function listen () {
  if (listening) return
  listening = true
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    // `on`, not `once`: a second Ctrl-C must not cut the clean-up short.
    process.on(signal, async () => {
      signalled ??= signal
      await cleanUp()
      process.exit(normal ? 0 : 128 + constants.signals[signal])
    })
  }
}
