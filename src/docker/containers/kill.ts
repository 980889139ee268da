import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { Host } from '../../engine/host.js'
import { withState } from '../../engine/state-conflict.js'

/** How long an engine may take to say of a container that it runs again. */
const RESUME_MS = 500

/** @returns whether it was paused and runs again, as Docker has it for any signal but one that ends it */
export async function killContainer ({ containers }: Host, container: Docker.ContainerInspectInfo, signal?: string): Promise<boolean> {
  const { Id: id, State: { Paused: wasPaused } } = container
  await withState(container, containers.kill(id, signal))
  if (!wasPaused) return false
  for (const begun = Date.now(); Date.now() - begun < RESUME_MS; await sleep(25)) {
    const state = (await containers.inspectIfThere(id))?.State
    if (state?.Paused !== true) return state?.Running === true
  }
  return false
}
