import { finished, type Readable } from 'node:stream'
import type Docker from 'dockerode'
import { hostUnreachable } from '../../lib/errors.js'

/**
 * Engines up to 20.10 may forget a follower when a `json-file` log is rotated faster than they read it: the stream stays
 * open, and nothing comes any more (seen in a quarter of the runs with 20 kB a file and eight rotations at once).
 */
export function rotates ({ HostConfig }: Docker.ContainerInspectInfo): boolean {
  const { Type: driver, Config: options } = HostConfig.LogConfig as { Type: string, Config?: Record<string, string> | null }
  return driver === 'local' || options?.['max-size'] !== undefined
}

/**
 * Breaks a follow off where the engine has forgotten it: two looks in a row find a line that should have come, nothing has
 * come between them, and nothing waits to be read. Who follows then goes on behind the last line, as after any lost
 * connection.
 * @param last the last line that came
 * @param isBehind whether the log ends with another
 */
export function watchFollow (source: Readable, quietMs: number, last: () => unknown, isBehind: () => Promise<boolean>): void {
  let suspect: unknown
  let looking = false
  const look = async () => {
    // An engine that does not answer is found out by the stream itself.
    const behind = await isBehind().catch(() => false) && source.readableLength === 0
    if (behind && suspect === last()) source.destroy(hostUnreachable('the engine has forgotten who follows a log that it rotated'))
    suspect = behind ? last() : undefined
  }
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void look().finally(() => { looking = false })
  }, quietMs).unref()
  finished(source, () => { clearInterval(timer) })
}
