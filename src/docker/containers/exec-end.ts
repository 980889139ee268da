import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecState, HostExecs } from '../../engine/host/exec.js'

/**
 * The environment variable by which an exec's processes are found again: the engine tells only the host's own number
 * of the first, which is no use inside the container, and cannot end any of them.
 */
export const EXEC_LABEL = 'CAISSON_EXEC'
export const newExecLabel = (): string => randomUUID()

/** How long a process may take to end by itself once it was asked to. */
const TERM_MS = 2000
/** How long the second exec may take. */
const SCAN_MS = 5000
/** How long the engine may take to notice that the last of them has ended. */
const SETTLE_MS = 1000
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
export interface LabelledExec {
  readonly containerId: string
  readonly execId: string
  readonly mark: string
  readonly user?: string
  readonly privileged?: boolean
}

/**
 * Ends an exec's processes through a second exec, as the same user: asks first, then kills.
 * @returns whether they have ended; where the image has no `sh` or the container is paused they may not have
 */
export async function endExec (execs: HostExecs, labelled: LabelledExec): Promise<boolean> {
  let found = await askToEnd(execs, labelled)
  for (let scan = 0; found === 'signalled' && scan < SCANS; scan++) {
    found = await signal(execs, labelled, 'KILL')
    if (found === 'signalled') await sleep(50)
  }
  if (found === 'signalled') return false
  const state = await ended(execs, labelled.execId, AbortSignal.timeout(found === 'none' ? SETTLE_MS : 0))
  return state?.running !== true
}

/** Asks, and asks again while the exec runs and nothing has the mark: until the command begins, its process is the runtime's. */
async function askToEnd (execs: HostExecs, labelled: LabelledExec): Promise<Found> {
  for (let scan = 1; ; scan++) {
    const found = await signal(execs, labelled, 'TERM')
    if (found === 'signalled') await ended(execs, labelled.execId, AbortSignal.timeout(TERM_MS))
    if (found !== 'none' || scan === SCANS || (await execs.inspect(labelled.execId))?.running !== true) return found
    await sleep(200)
  }
}

/** `unknown`: the second exec did not run, or not to its end. */
type Found = 'signalled' | 'none' | 'unknown'

async function signal (execs: HostExecs, { containerId, mark, user, privileged }: LabelledExec, name: 'TERM' | 'KILL'): Promise<Found> {
  const limit = AbortSignal.timeout(SCAN_MS)
  try {
    const execId = await execs.create(containerId, { command: ['sh', '-c', SCRIPT, 'sh', `${EXEC_LABEL}=${mark}`, name], user, privileged, workingDir: '/' })
    const stream = await execs.start(execId, false, limit)
    try {
      execs.pieces(stream, false).on('error', () => {}).resume()
      const state = await ended(execs, execId, limit)
      return state?.exitCode === SIGNALLED ? 'signalled' : state?.exitCode === 0 ? 'none' : 'unknown'
    } finally { stream.destroy() }
  } catch { return 'unknown' }
}

/** How it stands when it has ended, or else when the signal comes. The engine has no call that waits for an exec. */
export async function ended (execs: HostExecs, execId: string, signal: AbortSignal): Promise<ExecState | null> {
  for (let delayMs = 5; ; delayMs = Math.min(delayMs * 2, 500)) {
    const state = await execs.inspect(execId)
    if (state?.running !== true || signal.aborted) return state
    await sleep(delayMs, undefined, { signal }).catch(() => {})
  }
}
