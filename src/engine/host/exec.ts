import type { Duplex, Readable } from 'node:stream'
import { Failure } from '../../lib/errors.js'
import type { TerminalSize } from '../../model/channel.js'
import type { Connection } from '../connection/connection.js'
import { Demultiplexer, TerminalPieces } from '../streams/demultiplex.js'
import { missing } from './refusals.js'

/** What an exec is made of, as the engine has it. */
export interface ExecSpec {
  readonly command: readonly string[]
  /** `KEY=value`, or `KEY` to take one away. */
  readonly env?: readonly string[]
  readonly user?: string
  readonly workingDir?: string
  readonly tty?: boolean
  readonly privileged?: boolean
  readonly stdin?: boolean
  readonly detachKeys?: string
}

/** How an exec stands. The exit code is null until it has ended, and where it never came to begin. */
export interface ExecState { readonly running: boolean, readonly exitCode: number | null }

/** What `GET /exec/{id}/json` has that the models use. */
export interface ExecInfo {
  readonly ID: string
  readonly ContainerID: string
  readonly Running: boolean
  readonly ExitCode: number | null
  readonly ProcessConfig: { readonly tty: boolean, readonly entrypoint: string, readonly arguments: string[] | null, readonly privileged?: boolean, readonly user?: string }
}

/** One host's execs. Ids that come here are the engine's own. */
export class HostExecs {
  constructor (private readonly connection: Connection) {}

  /** Makes an exec, without starting it. @throws `not-found`, `conflict` where the container does not run or is paused */
  async create (containerId: string, spec: ExecSpec): Promise<string> {
    const path = `/containers/${containerId}/exec`
    const made = this.connection.json<{ Id: string }>({ method: 'POST', path }, execBody(spec))
    return (await missing('container', containerId, made)).Id
  }

  /** Starts it, and gives its input and its output: see {@link pieces} for how to read that. */
  async start (execId: string, tty: boolean, signal?: AbortSignal): Promise<Duplex> {
    return await this.connection.hijack({ method: 'POST', path: `/exec/${execId}/start`, signal }, { Detach: false, Tty: tty })
  }

  /** What an exec writes, as pieces of its outputs. */
  pieces (stream: Duplex, tty: boolean): Readable {
    return this.connection.through(stream, tty ? new TerminalPieces() : new Demultiplexer())
  }

  /** null: the engine knows of it no more, since its container was removed. */
  async inspect (execId: string): Promise<ExecState | null> {
    const info = await this.info(execId)
    return info === null ? null : { running: info.Running, exitCode: info.ExitCode }
  }

  /** The engine's own object; null as for {@link inspect}. */
  async info (execId: string): Promise<ExecInfo | null> {
    try {
      return await this.connection.json<ExecInfo>({ method: 'GET', path: `/exec/${execId}/json` })
    } catch (error) {
      if (error instanceof Failure && error.code === 'not-found') return null
      throw error
    }
  }

  /** Of one that runs and has a terminal. */
  async resize (execId: string, { columns, rows }: TerminalSize): Promise<void> {
    await this.connection.order({ method: 'POST', path: `/exec/${execId}/resize`, query: { w: String(columns), h: String(rows) } })
  }
}

/** As the engine takes it. */
export const execBody = (spec: ExecSpec) => ({
  Cmd: spec.command,
  Env: spec.env,
  User: spec.user,
  WorkingDir: spec.workingDir,
  Tty: spec.tty ?? false,
  Privileged: spec.privileged ?? false,
  DetachKeys: spec.detachKeys,
  AttachStdin: spec.stdin ?? false,
  AttachStdout: true,
  AttachStderr: true
})
