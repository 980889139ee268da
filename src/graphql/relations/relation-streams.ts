import { Readable } from 'node:stream'
import { GraphQLInt, GraphQLList, GraphQLNonNull, type GraphQLFieldConfigArgumentMap } from 'graphql'
import { Failure, invalidField } from '../../lib/errors.js'
import type { AnyOperation } from '../../operation/define.js'
import { invoke } from '../../operation/invoke.js'
import { pascal } from '../../model/type-names.js'
import type { Problem } from '../../lib/problem.js'
import { withoutNulls } from '../arguments.js'
import type { Field } from '../context.js'
import { eventType, jsonSchema } from '../json-schema.js'
import { PER_ROW, type Relation, type Row } from './relation.js'
import { RequestScheduler } from './request-scheduler.js'
import type { Types } from '../types.js'

type Args = Readonly<Record<string, unknown>>

/** What a stream has to give now, on each row: read to its end, and not followed. */
export interface StreamRelation extends Relation {
  /** The events that are wanted. */
  readonly event: string
  readonly many: boolean
  /** Arguments of the operation that the field has as well. */
  readonly takes: readonly string[]
  readonly more?: GraphQLFieldConfigArgumentMap
  readonly given: (row: Row, args: Args) => Row
}

/** Lines of one row. */
const LINES = { default: 100, most: 1000, bytes: 1024 * 1024 } as const

export const STREAMS: readonly StreamRelation[] = [
  {
    on: ['Container'],
    field: 'logs',
    description: `The last lines of its log, 1 MiB at most. ${PER_ROW}`,
    operation: 'container.logs',
    event: 'log',
    many: true,
    takes: ['since', 'until', 'stdout', 'stderr'],
    more: { tail: { type: GraphQLInt, defaultValue: LINES.default, description: `How many of the last lines, ${LINES.most} at most` } },
    given: ({ host, id }, { tail }) => ({ host, id, tail: linesOf(tail), follow: false })
  },
  {
    on: ['Container'],
    field: 'stats',
    description: `What it uses now, one sample: it takes a second or two, and is all zeros where it does not run. ${PER_ROW}`,
    operation: 'container.stats',
    event: 'stats',
    many: false,
    takes: [],
    given: ({ host, id }) => ({ host, id, stream: false })
  }
]

function linesOf (tail: unknown): string {
  if (typeof tail === 'number' && tail >= 1 && tail <= LINES.most) return String(tail)
  throw invalidField('tail', `must be a number of lines from 1 to ${LINES.most}`)
}

export function streamField ({ field, description, event, many, takes, more = {}, given }: StreamRelation, operation: AnyOperation, types: Types, typeName: string): Field {
  const schema = jsonSchema(operation.input)
  const args = types.inputs(schema, pascal(operation.name))
  const item = types.output(schemaOf(operation, event), pascal(operation.name, event))
  return {
    type: many ? new GraphQLList(new GraphQLNonNull(item)) : item,
    description,
    args: { ...more, ...Object.fromEntries(Object.entries(args).filter(([name]) => takes.includes(name))) },
    resolve: async (row, own: Args, context) => {
      const turns = RequestScheduler.of(context)
      const call = context.call()
      turns.row(`${typeName}.${field}`)
      const input = withoutNulls(schema, { ...own, ...given(row as Row, own) })
      const items = await turns.run(call.signal, async () => await read(await invoke(operation, input, call), event))
      return many ? items : items[0]
    }
  }
}

function schemaOf ({ name, output }: AnyOperation, event: string) {
  const members = output.shape === 'events' ? jsonSchema(output.schema).anyOf ?? [] : []
  const found = members.find(member => eventType(member) === event)
  if (found === undefined) throw new Error(`${name} has no event ${event}`)
  return found
}

interface Item { readonly type: string, readonly text?: string, readonly problem?: Problem }

/** @throws what the stream itself failed with, and `too-large` where it has more to say than a row may hold */
async function read (stream: unknown, wanted: string): Promise<Item[]> {
  if (!(stream instanceof Readable)) throw new TypeError('an operation with events did not give a stream')
  const items: Item[] = []
  let bytes = 0
  for await (const item of stream as AsyncIterable<Item>) {
    if (item.problem !== undefined && item.type === 'error') throw new Failure(item.problem.code, item.problem.detail)
    if (item.type !== wanted) continue
    bytes += Buffer.byteLength(item.text ?? '')
    if (bytes > LINES.bytes) throw new Failure('too-large', 'these lines are more than 1 MiB: ask for fewer with tail, or follow the log itself')
    items.push(item)
  }
  return items
}
