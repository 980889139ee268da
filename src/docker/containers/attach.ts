import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { conflict, invalidField, invalidInput } from '../../lib/errors.js'
import type { Channel, ChannelEnd } from '../../model/channel.js'
import { EngineChannel } from '../../engine/connection/channel.js'
import { unlikelyKeys } from '../../engine/detach-keys.js'
import type { Host } from '../../engine/host.js'
import { bareName } from './container-name.js'
import { withState } from '../../engine/state-conflict.js'

/** How long the end of a process may be behind the end of its output. A terminal without output behind that was detached from. */
export const SETTLE_MS = 2000

interface AttachOptions {
  readonly stdin?: boolean
  readonly stdout?: boolean
  readonly stderr?: boolean
  readonly logs?: boolean
  readonly detachKeys?: string
}

type Container = Docker.ContainerInspectInfo

/** Opens a channel to a container's own process; settles once the engine has accepted. */
export async function attachToContainer (host: Host, container: Container, options: AttachOptions, signal: AbortSignal): Promise<Channel> {
  const { Id: id, Config: { Tty: terminal, OpenStdin: hasInput } } = container
  const { stdin = hasInput, stdout = true, stderr = true, logs = false, detachKeys } = options
  refuse(container, { stdin, stdout, stderr, detachKeys })
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  try {
    // Before the attaching: no end is missed, and the code is known even where the container is gone with it.
    const exit = (await host.containers.wait(id, 'next-exit', either))()
    exit.catch(() => {})
    const outputs = { stdout: flag(stdout), stderr: flag(stderr) }
    const stream = await withState(container, host.containers.attach(id, { stdin: flag(stdin), ...outputs, detachKeys: unlikelyKeys() }, either))
    const log = await orDestroyed(stream, async () => {
      refuseState(await host.containers.inspect(id))
      return logs && (stdout || stderr) ? await host.containers.logPieces(id, outputs, terminal, either) : undefined
    })
    return new EngineChannel(stream, {
      log,
      host: host.name,
      terminal,
      writable: stdin,
      detachKeys,
      resize: async size => { await host.containers.resize(id, size) },
      ending: async (_left, cut) => await endOfContainer(host, container, exit, cut),
      over: () => { over.abort() }
    })
  } catch (error) {
    over.abort()
    throw error
  }
}

const flag = (value: boolean): string => value ? '1' : '0'

async function orDestroyed<T> (stream: Duplex, work: () => Promise<T>): Promise<T> {
  try { return await work() } catch (error) {
    stream.destroy()
    throw error
  }
}

function refuse (container: Container, { stdin, stdout, stderr, detachKeys }: AttachOptions): void {
  const { Config: { Tty: terminal, OpenStdin: hasInput } } = container
  refuseState(container)
  if (stdin === true && !hasInput) throw conflict('the container was created without openStdin: nothing can be written to it')
  if (detachKeys !== undefined && !terminal) throw invalidField('detachKeys', 'is for a container with a terminal, and this one has none')
  if (stdin !== true && stdout === false && stderr === false) throw invalidInput('this would attach to nothing: leave stdin, stdout or stderr on')
}

/** Engines would wait for a container that does not run to be started. */
function refuseState ({ Name: name, State: { Running, Paused, Status } }: Container): void {
  if (!Running || Paused) throw conflict(`container ${bareName(name)} is not running: it is ${Status}`)
}

/** @throws the host's failure, where it went away or ended the connection of a container that still runs */
async function endOfContainer (host: Host, container: Container, exit: Promise<number>, cut: unknown): Promise<ChannelEnd> {
  const { Id: id, Config: { Tty: terminal } } = container
  // A process may close its outputs and go on; a terminal it can't close.
  const isOver = (cut === undefined && !terminal) || await Promise.race([exit.then(() => true), sleep(SETTLE_MS, false, { ref: false })])
  if (isOver || (await host.containers.inspectIfThere(id))?.State.Running !== true) {
    const exitCode = await exit
    return { type: 'end', reason: await wasRemoved(host, id, container.HostConfig.AutoRemove) ? 'removed' : 'exited', exitCode }
  }
  if (cut !== undefined) throw cut
  return { type: 'end', reason: 'detached' }
}

/** Whether somebody removed it, and not the engine because it was made to be. */
export async function wasRemoved (host: Host, containerId: string, autoRemove = false): Promise<boolean> {
  if (autoRemove) return false
  const info = await host.containers.inspectIfThere(containerId)
  return info === null || ['removing', 'dead'].includes(info.State.Status)
}
