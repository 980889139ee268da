import type Docker from 'dockerode'
import { conflict } from '../../lib/errors.js'
import type { Channel, ChannelEnd } from '../../model/channel.js'
import { SETTLE_MS, wasRemoved } from './attach.js'
import { EngineChannel } from '../../engine/connection/channel.js'
import { NOT_BEGUN, areEnginesWords, endedWith, removedBefore } from './exec-begun.js'
import { endExec, ended } from './exec-end.js'
import type { Execs, OwnedExec } from './execs.js'
import type { Host } from '../../engine/host.js'

/** What a process that was killed exits with. */
const KILLED = 137

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
    isDoubtful: areEnginesWords,
    ending: async (left, cut, words) => await endOfExec(host, { exec, container }, left, cut, words),
    // Engines let a process go on that nobody can reach any more.
    over: ended => { if (!ended) void endExec(host.execs, exec).catch(() => {}) }
  })
}

async function endOfExec (host: Host, { exec: { execId, terminal }, container }: Found, left: AbortSignal, cut: unknown, words: string): Promise<ChannelEnd> {
  // A process may close its outputs and go on; a terminal it can't close.
  const patience = cut === undefined && !terminal ? left : AbortSignal.any([left, AbortSignal.timeout(SETTLE_MS)])
  const state = await ended(host.execs, execId, patience)
  if (state === null) return { type: 'end', reason: 'removed' }
  if (state.running) {
    if (cut !== undefined) throw cut
    return { type: 'end', reason: 'detached' }
  }
  if (NOT_BEGUN.has(state.exitCode) && await removedBefore(host, container, words, left)) return { type: 'end', reason: 'removed' }
  if (state.exitCode === null) throw conflict('the engine did not begin the command; what came as its output says why')
  const { Id: id, HostConfig: { AutoRemove: autoRemove } } = container
  const isRemoved = state.exitCode === KILLED && await endedWith(host, id, left) && await wasRemoved(host, id, autoRemove)
  return { type: 'end', reason: isRemoved ? 'removed' : 'exited', exitCode: state.exitCode }
}
