import type { Duplex, Readable } from 'node:stream'
import { Failure } from '../../errors.js'
import type { Connection } from '../connection.js'
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
}

/** How an exec stands. The exit code is null until it has ended, and where it never came to begin. */
export interface ExecState { readonly running: boolean, readonly exitCode: number | null }

/** One host's execs. Ids that come here are the engine's own. */
export class HostExecs {
  constructor (private readonly connection: Connection) {}

  /** Makes an exec, without starting it. @throws `not-found`, `conflict` where the container does not run or is paused */
  async create (containerId: string, spec: ExecSpec): Promise<string> {
    const path = `/containers/${containerId}/exec`
    const made = this.connection.json<{ Id: string }>({ method: 'POST', path }, bodyOf(spec))
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
    try {
      const { Running: running, ExitCode: exitCode } = await this.connection.json<{ Running: boolean, ExitCode: number | null }>({ method: 'GET', path: `/exec/${execId}/json` })
      return { running, exitCode }
    } catch (error) {
      if (error instanceof Failure && error.code === 'not-found') return null
      throw error
    }
  }
}

const bodyOf = (spec: ExecSpec) => ({
  Cmd: spec.command,
  Env: spec.env,
  User: spec.user,
  WorkingDir: spec.workingDir,
  Tty: spec.tty ?? false,
  Privileged: spec.privileged ?? false,
  AttachStdin: spec.stdin ?? false,
  AttachStdout: true,
  AttachStderr: true
})
