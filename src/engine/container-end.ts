import type Docker from 'dockerode'
import type { Static } from 'typebox'
import type { EndEvent } from './models/log.js'

/** The last item of a stream that goes on for as long as its container runs; undefined: it does. null: it was removed. */
export function endOf (info: Docker.ContainerInspectInfo | null): Static<typeof EndEvent> | undefined {
  if (info === null) return { type: 'end', reason: 'removed' }
  // Between two runs the engine calls a container running, too; what it exited with is still there.
  return info.State.Running && !info.State.Restarting ? undefined : { type: 'end', reason: 'exited', exitCode: info.State.ExitCode }
}
