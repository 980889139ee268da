import type Docker from 'dockerode'
import { GRACE_MS } from '../../engine/host/deadlines.js'

/** What engines give a process that has no time of its own. */
const STOP_SECONDS = 10
/** However long it may take, it is not waited for longer. */
const DAY_SECONDS = 86_400

/** How long a container's process may take to end before it is killed, in seconds; -1 for ever. */
export function stopSeconds ({ Config }: Docker.ContainerInspectInfo): number {
  const { StopTimeout } = Config as { StopTimeout?: number | null }
  return StopTimeout ?? STOP_SECONDS
}

/** How long an engine may take to stop a container, in milliseconds. */
export function stopDeadlineMs (container: Docker.ContainerInspectInfo, seconds = stopSeconds(container)): number {
  return (seconds < 0 ? DAY_SECONDS : Math.min(seconds, DAY_SECONDS)) * 1000 + GRACE_MS
}
