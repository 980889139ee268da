import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecState, HostExecs } from './host/exec.js'

/**
 * The environment variable by which an exec's processes are found again: the engine tells only the host's own number
 * of the first, which is no use inside the container, and cannot end any of them.
 */
export const MARK = 'CAISSON_EXEC'
export const newMark = (): string => randomUUID()

/** How long a process may take to end by itself once it was asked to. */
const TERM_MS = 2000
/** How long the second exec may take. */
const SCAN_MS = 5000
/** Whoever forks while it is being killed is found by the next look. */
const SCANS = 5

/** What the script says: 0 is for "there was none". */
const SIGNALLED = 42

/**
 * Signals every process that has the mark in its environment, and so the children too. Made of what any `sh` has
 * built in: an image may have nothing else.
 */
const SCRIPT = `
found=0
for process in /proc/[0-9]*; do
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *"$1"*) kill -s "$2" "\${process#/proc/}" && found=${SIGNALLED}; break;; esac
  done < "$process/environ"
done 2>/dev/null
exit $found`

/** An exec that is to be ended. */
export interface Marked {
  readonly containerId: string
  readonly execId: string
  readonly mark: string
  readonly user?: string
  readonly privileged?: boolean
}

/**
 * Ends an exec's processes through a second exec, as the same user: asks first, then kills.
 * @returns whether they have ended; where the image has no \`sh\` or the container is paused they may not have
 */
export async function endExec (execs: HostExecs, marked: Marked): Promise<boolean> {
  const signalled = await signal(execs, marked, 'TERM')
  if (signalled) await ended(execs, marked.execId, AbortSignal.timeout(TERM_MS))
  let left = signalled
  for (let scan = 0; left && scan < SCANS; scan++) {
    left = await signal(execs, marked, 'KILL')
    if (left) await sleep(50)
  }
  const state = await execs.inspect(marked.execId)
  return !left && state?.running !== true
}

/** Whether there was a process to signal. */
async function signal (execs: HostExecs, { containerId, mark, user, privileged }: Marked, name: 'TERM' | 'KILL'): Promise<boolean> {
  const limit = AbortSignal.timeout(SCAN_MS)
  try {
    const execId = await execs.create(containerId, { command: ['sh', '-c', SCRIPT, 'sh', `${MARK}=${mark}`, name], user, privileged, workingDir: '/' })
    const stream = await execs.start(execId, false, limit)
    try {
      execs.pieces(stream, false).on('error', () => {}).resume()
      return (await ended(execs, execId, limit))?.exitCode === SIGNALLED
    } finally { stream.destroy() }
  } catch { return false }
}

/** How it stands when it has ended, or else when the signal comes. The engine has no call that waits for an exec. */
export async function ended (execs: HostExecs, execId: string, signal: AbortSignal): Promise<ExecState | null> {
  for (let delayMs = 5; ; delayMs = Math.min(delayMs * 2, 500)) {
    const state = await execs.inspect(execId)
    if (state?.running !== true || signal.aborted) return state
    await sleep(delayMs, undefined, { signal }).catch(() => {})
  }
}
