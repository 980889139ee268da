import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { conflict } from '../errors.js'
import type { Channel, ChannelEnd } from '../operation/channel.js'
import { SETTLE_MS, wasRemoved } from './attach.js'
import { EngineChannel } from './channel.js'
import { endExec, ended } from './exec-end.js'
import type { Execs, OwnedExec } from './execs.js'
import type { Host } from './host.js'

/** What a process that was killed exits with. */
const KILLED = 137

/** What engines say of a command that did not begin: because it cannot be, or because its container went away before. */
const NOT_BEGUN: ReadonlySet<number | null> = new Set([null, 126, 127, 128])

interface Found { readonly exec: OwnedExec, readonly container: Docker.ContainerInspectInfo }

/** Starts an exec and opens a channel to it; settles once the engine has accepted. Whoever leaves ends it. */
export async function attachToExec (host: Host, execs: Execs, { exec, container }: Found, signal: AbortSignal): Promise<Channel> {
  const { execId, terminal, detachKeys } = exec
  const { Running, Paused, Status } = container.State
  // The engine would say so in the output, when it has accepted already.
  if (!Running || Paused) throw conflict(`the container of this exec is not running: it is ${Status}`)
  if (!await execs.begin(host.name, execId)) throw conflict('this exec has been started already: it can be attached to once')
  // A start that was cut off may have begun all the same, and nobody can reach it any more.
  const stream = await host.execs.start(execId, terminal, signal).catch((error: unknown) => {
    void endExec(host.execs, exec).catch(() => {})
    throw error
  })
  return new EngineChannel(stream, {
    host: host.name,
    terminal,
    writable: true,
    detachKeys,
    resize: async size => { await host.execs.resize(execId, size) },
    ending: async (left, cut) => await endOfExec(host, exec, container.HostConfig.AutoRemove, left, cut),
    // Engines let a process go on that nobody can reach any more.
    over: ended => { if (!ended) void endExec(host.execs, exec).catch(() => {}) }
  })
}

async function endOfExec (host: Host, { execId, containerId, terminal }: OwnedExec, autoRemove: boolean | undefined, left: AbortSignal, cut: unknown): Promise<ChannelEnd> {
  // A process may close its outputs and go on; a terminal it can't close.
  const patience = cut === undefined && !terminal ? left : AbortSignal.any([left, AbortSignal.timeout(SETTLE_MS)])
  const state = await ended(host.execs, execId, patience)
  if (state === null) return { type: 'end', reason: 'removed' }
  if (state.running) {
    if (cut !== undefined) throw cut
    return { type: 'end', reason: 'detached' }
  }
  if (NOT_BEGUN.has(state.exitCode) && await wasRemoved(host, containerId, autoRemove)) return { type: 'end', reason: 'removed' }
  if (state.exitCode === null) throw conflict('the engine did not begin the command; what came as its output says why')
  const isRemoved = state.exitCode === KILLED && await killedWith(host, containerId, left) && await wasRemoved(host, containerId, autoRemove)
  return { type: 'end', reason: isRemoved ? 'removed' : 'exited', exitCode: state.exitCode }
}

/** Whether the container has ended as well: engines are told of it after they were told of its execs. */
async function killedWith (host: Host, containerId: string, left: AbortSignal): Promise<boolean> {
  for (const begun = Date.now(); Date.now() - begun < SETTLE_MS && !left.aborted; await sleep(50)) {
    if ((await host.containers.inspectIfThere(containerId))?.State.Running !== true) return true
  }
  return false
}
