/** What BuildKit tells of a build: its StatusResponse, as its public API has it (moby/buildkit, api/services/control/control.proto). */
import protobuf from 'protobufjs/light.js'

/** A step of a build. It is told again whenever something about it changes. */
export interface Vertex {
  readonly digest?: string
  readonly name?: string
  readonly cached?: boolean
  readonly started?: Timestamp
  readonly completed?: Timestamp
  readonly error?: string
}

/** How far a part of a step is, e.g. a layer that is fetched. */
export interface VertexStatus { readonly ID?: string, readonly name?: string, readonly current?: number, readonly total?: number, readonly completed?: Timestamp }
/** What a step wrote: a piece, which may end within a line. */
export interface VertexLog { readonly vertex?: string, readonly msg?: Buffer }
export interface VertexWarning { readonly vertex?: string, readonly short?: Buffer }
export interface Timestamp { readonly seconds?: number, readonly nanos?: number }

export interface BuildStatus {
  readonly vertexes?: readonly Vertex[]
  readonly statuses?: readonly VertexStatus[]
  readonly logs?: readonly VertexLog[]
  readonly warnings?: readonly VertexWarning[]
}

const field = (type: string, id: number) => ({ type, id })
const list = (type: string, id: number) => ({ rule: 'repeated', type, id })

/** Fields that nothing here reads are left out: decoders pass over what they do not know. */
const StatusResponse = protobuf.Root.fromJSON({
  nested: {
    StatusResponse: { fields: { vertexes: list('Vertex', 1), statuses: list('VertexStatus', 2), logs: list('VertexLog', 3), warnings: list('VertexWarning', 4) } },
    Vertex: { fields: { digest: field('string', 1), name: field('string', 3), cached: field('bool', 4), started: field('Timestamp', 5), completed: field('Timestamp', 6), error: field('string', 7) } },
    VertexStatus: { fields: { ID: field('string', 1), vertex: field('string', 2), name: field('string', 3), current: field('int64', 4), total: field('int64', 5), completed: field('Timestamp', 8) } },
    VertexLog: { fields: { vertex: field('string', 1), msg: field('bytes', 4) } },
    VertexWarning: { fields: { vertex: field('string', 1), short: field('bytes', 3) } },
    Timestamp: { fields: { seconds: field('int64', 1), nanos: field('int32', 2) } }
  }
}).lookupType('StatusResponse')

/** @throws where it is none */
export const readStatus = (bytes: Buffer): BuildStatus => StatusResponse.toObject(StatusResponse.decode(bytes), { longs: Number })
