import type { Host } from '../../engine/host.js'
import type { WaitCondition } from '../../engine/host/containers.js'

/** A wait that nobody has put a bound on. */
const DAY_SECONDS = 86_400

const CONDITIONS = { notRunning: 'not-running', nextExit: 'next-exit', removed: 'removed' } as const satisfies Record<string, WaitCondition>

interface WaitOptions { readonly condition?: keyof typeof CONDITIONS, readonly timeoutSeconds?: number }

/** Waits for a container's end; the engine's side of the wait ends with ours. */
export async function waitFor (host: Host, id: string, { condition = 'notRunning', timeoutSeconds = DAY_SECONDS }: WaitOptions, signal: AbortSignal): Promise<{ exitCode?: number, timedOut: boolean }> {
  const time = new AbortController()
  const exit = await host.containers.wait(id, CONDITIONS[condition], AbortSignal.any([signal, time.signal]))
  const timer = setTimeout(() => time.abort(), timeoutSeconds * 1000)
  try {
    return { exitCode: await exit(), timedOut: false }
  } catch (error) {
    if (time.signal.aborted && !signal.aborted) return { timedOut: true }
    throw error
  } finally { clearTimeout(timer) }
}
