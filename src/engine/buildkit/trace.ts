import { engineError } from '../../lib/errors.js'
import type { ProgressEvent, StepEvent } from '../models/progress.js'
import type { EngineMessage } from '../streams/progress.js'
import { readStatus, type BuildStatus, type Timestamp, type Vertex } from './status.js'

/** What the engine sends BuildKit's status under: in base64. */
const TRACE = 'moby.buildkit.trace'
/** A line that does not end is told in parts of this size. */
const LINE_BYTES = 64 * 1024

type Told = ProgressEvent | StepEvent

interface Step { readonly number: number, isTold: boolean, isOver: boolean, rest: Buffer }

/** BuildKit's account of a build as the events that any build has: lines as `docker build --progress=plain` writes them. */
export class BuildTrace {
  readonly #steps = new Map<string, Step>()

  /** What a message tells; nothing where it is another's. */
  read ({ id, aux }: EngineMessage): Told[] {
    if (id !== TRACE || typeof aux !== 'string') return []
    return this.#tell(statusOf(aux))
  }

  /** What was written without an end of its line. */
  end (): Told[] {
    return [...this.#steps.values()].flatMap(step => restOf(step))
  }

  #tell ({ vertexes = [], statuses = [], logs = [], warnings = [] }: BuildStatus): Told[] {
    return [
      ...vertexes.flatMap(vertex => this.#begun(vertex)),
      ...logs.flatMap(({ vertex, msg }) => msg === undefined ? [] : linesOf(this.#step(vertex), msg)),
      ...statuses.map(({ ID: id = '', name = '', current, total = 0, completed }): ProgressEvent =>
        ({ type: 'progress', id, status: completed === undefined ? name || 'working' : 'done', ...(current === undefined ? {} : { current }), ...(total > 0 ? { total } : {}) })),
      ...warnings.map(({ vertex, short = Buffer.alloc(0) }) => line(this.#step(vertex), `WARN: ${short.toString('utf8')}`)),
      ...vertexes.flatMap(vertex => this.#over(vertex))
    ]
  }

  #step (digest = ''): Step {
    const known = this.#steps.get(digest) ?? { number: this.#steps.size + 1, isTold: false, isOver: false, rest: Buffer.alloc(0) }
    this.#steps.set(digest, known)
    return known
  }

  #begun ({ digest, name = '', started }: Vertex): Told[] {
    const step = this.#step(digest)
    if (step.isTold || started === undefined) return []
    step.isTold = true
    return [line(step, name)]
  }

  #over ({ digest, started, completed, cached = false, error = '' }: Vertex): Told[] {
    const step = this.#step(digest)
    if (step.isOver || completed === undefined) return []
    step.isOver = true
    return [...restOf(step), line(step, error !== '' ? `ERROR: ${error}` : cached ? 'CACHED' : `DONE ${secondsBetween(started, completed)}s`)]
  }
}

function statusOf (base64: string): BuildStatus {
  try { return readStatus(Buffer.from(base64, 'base64')) } catch (error) {
    throw engineError('the engine told of a build in a way that cannot be read', { cause: error })
  }
}

const line = ({ number }: Step, text: string): StepEvent => ({ type: 'step', text: `#${number} ${text}` })

/** Whole lines of what a step wrote: a character may be cut between two pieces. */
function linesOf (step: Step, piece: Buffer): Told[] {
  let rest = step.rest.length === 0 ? piece : Buffer.concat([step.rest, piece])
  const told: Told[] = []
  for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
    told.push(line(step, textOf(rest.subarray(0, end))))
    rest = rest.subarray(end + 1)
  }
  step.rest = Buffer.from(rest)
  return step.rest.length > LINE_BYTES ? [...told, ...restOf(step)] : told
}

function restOf (step: Step): Told[] {
  if (step.rest.length === 0) return []
  const told = line(step, textOf(step.rest))
  step.rest = Buffer.alloc(0)
  return [told]
}

const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/\r$/, '')

const millis = ({ seconds = 0, nanos = 0 }: Timestamp = {}): number => seconds * 1000 + nanos / 1e6

const secondsBetween = (started: Timestamp | undefined, completed: Timestamp): string => (Math.max(0, millis(completed) - millis(started ?? completed)) / 1000).toFixed(1)
