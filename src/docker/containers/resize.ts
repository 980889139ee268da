import type Docker from 'dockerode'
import { conflict } from '../../lib/errors.js'
import type { TerminalSize } from '../../model/channel.js'
import type { OwnedExec } from './execs.js'
import type { Host } from '../../engine/host.js'
import { withState } from '../../engine/state-conflict.js'

/** @throws `conflict` where it does not run or has no terminal */
export async function resizeContainer (host: Host, container: Docker.ContainerInspectInfo, size: TerminalSize): Promise<void> {
  refuseWithout(container.Config.Tty, 'container')
  await withState(container, host.containers.resize(container.Id, size), 'running')
}

/** @throws `conflict` where it does not run or has no terminal */
export async function resizeExec (host: Host, { execId, terminal }: OwnedExec, size: TerminalSize): Promise<void> {
  refuseWithout(terminal, 'exec')
  // Engines would wait ten seconds for it to be started.
  if ((await host.execs.inspect(execId))?.running !== true) throw conflict('this exec does not run: it has not been attached to, or has ended')
  await host.execs.resize(execId, size)
}

function refuseWithout (terminal: boolean, what: string): void {
  if (!terminal) throw conflict(`this ${what} has no terminal that could be resized`)
}
