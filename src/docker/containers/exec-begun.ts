import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { SETTLE_MS, wasRemoved } from './attach.js'
import type { Host } from '../../engine/host.js'

/** What engines say that a command exited with which did not begin: because it cannot be, or because its container went away before. */
export const NOT_BEGUN: ReadonlySet<number | null> = new Set([null, 126, 127, 128])

/** What engines, or what runs containers for them, say of it where the command's output would be. */
const ENGINES_WORDS = new RegExp(`^(?:${[
  'OCI runtime (?:exec|state) failed: ', 'cannot exec in a (?:stopped|deleted) ', 'container (?:[0-9a-f]{64} )?(?:init process )?is not running',
  'FailedPrecondition: container ', 'failed to retrieve (?:console master|OCI runtime exec pid): ', 'No such (?:exec instance|container): ',
  '(?:task|process) [0-9a-f]{64} not found: '
].join('|')})`)
/** Of those, what is said while a container ends. */
const OF_AN_END = /setns process|broken pipe|procReady|cannot exec in a|not running|failed to retrieve|No such|(?:task|process) \S+ not found/

export const areEnginesWords = (output: string): boolean => ENGINES_WORDS.test(output)

/** Whether the container of a command that did not begin was removed. By the words: a container on its way out is waited for. */
export async function removedBefore (host: Host, { Id: id, HostConfig }: Docker.ContainerInspectInfo, words: string, left: AbortSignal): Promise<boolean> {
  if (areEnginesWords(words) && OF_AN_END.test(words)) await endedWith(host, id, left)
  return await wasRemoved(host, id, HostConfig.AutoRemove)
}

/** Whether the container has ended as well: engines are told of it after they were told of its execs. */
export async function endedWith (host: Host, containerId: string, left: AbortSignal): Promise<boolean> {
  for (const begun = Date.now(); Date.now() - begun < SETTLE_MS && !left.aborted; await sleep(50)) {
    if ((await host.containers.inspectIfThere(containerId))?.State.Running !== true) return true
  }
  return false
}
