import type { EventEmitter } from 'node:events'

/** How long whoever was told that it is over has to read that. */
const GOODBYE_MS = 30_000

/** Breaks a connection off if it has not closed by itself in time. */
export function closeSoon (connection: EventEmitter, breakOff: () => void): void {
  const timer = setTimeout(breakOff, GOODBYE_MS)
  connection.once('close', () => { clearTimeout(timer) })
}
