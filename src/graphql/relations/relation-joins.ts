import type { GraphQLOutputType } from 'graphql'
import type { AnyOperation } from '../../operation/define.js'
import type { Field } from '../context.js'
import { fieldOf } from '../field.js'
import { jsonSchema } from '../json-schema.js'
import type { Relation, Row } from './relation.js'
import { RequestScheduler } from './request-scheduler.js'
import type { Types } from '../types.js'

type Keys = (row: Row) => readonly string[]

/** From a row to rows of a list of its host: the list is one call for all rows of the document, and is searched here. */
export interface JoinRelation extends Relation {
  readonly many: boolean
  /** What the row has of theirs. */
  readonly from: Keys
  /** What an item of the list is found by. */
  readonly to: Keys
  /** Inputs of the list beside the host. */
  readonly given?: Row
}

const LISTED = 'one call for all rows of a host'

const own = (name: string): Keys => row => [String(row[name])]
const texts = (value: unknown): unknown[] => Array.isArray(value) ? value : []
/** A list has names, and a container in full has objects with names. */
const names = (value: unknown): string[] => texts(value).flatMap(item => typeof item === 'string' ? [item] : nameIn(item))
const nameIn = (item: unknown): string[] => typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string' ? [item.name] : []

const networks: Keys = row => names(row.networks)
const volumes: Keys = row => names(texts(row.mounts).filter(mount => (mount as Row).type === 'volume'))

const toContainers = (on: readonly string[], what: string, from: Keys, to: Keys): JoinRelation => ({
  on,
  field: 'containerSummaries',
  description: `The containers ${what}, also those that do not run: ${LISTED}`,
  operation: 'container.list',
  many: true,
  from,
  to,
  given: { all: true }
})

export const JOINS: readonly JoinRelation[] = [
  {
    on: ['Container'],
    field: 'imageSummary',
    description: `The image it was made of: ${LISTED}; null where the image is gone`,
    operation: 'image.list',
    many: false,
    from: own('imageId'),
    to: own('id'),
    given: { all: true }
  },
  { on: ['Container'], field: 'networkSummaries', description: `The networks it is on: ${LISTED}`, operation: 'network.list', many: true, from: networks, to: own('name') },
  { on: ['Container'], field: 'volumeSummaries', description: `The volumes it has: ${LISTED}`, operation: 'volume.list', many: true, from: volumes, to: own('name') },
  toContainers(['Image'], 'made of it', own('id'), own('imageId')),
  toContainers(['Network'], 'on it', own('name'), networks),
  toContainers(['Volume'], 'that have it', own('name'), volumes)
]

export function joinField ({ on, field, description, many, from, to, given }: JoinRelation, operation: AnyOperation, types: Types): Field {
  const { resolve } = fieldOf(operation, types)
  return {
    type: typeOf(operation, many, types),
    description,
    resolve: async (row, _, context, info) => {
      const turns = RequestScheduler.of(context)
      const input = { ...given, host: (row as Row).host }
      const asked = `${operation.name} ${JSON.stringify(input)}`
      const list = async () => await turns.once(asked, async () => await turns.run(context.call().signal, async () => await resolve?.(row, input, context, info)))
      const index = await turns.once(`${asked} for ${on.join()} ${field}`, async () => indexed(await list(), to))
      const found = [...new Set(from(row as Row).flatMap(key => index.get(key) ?? []))]
      turns.found(found.length)
      return many ? found : found[0]
    }
  }
}

function indexed (list: unknown, to: Keys): ReadonlyMap<string, readonly Row[]> {
  const index = new Map<string, Row[]>()
  for (const item of (list as { items: readonly Row[] }).items) {
    for (const key of to(item)) index.set(key, [...index.get(key) ?? [], item])
  }
  return index
}

function typeOf ({ name, output }: AnyOperation, many: boolean, types: Types): GraphQLOutputType {
  const items = output.shape === 'value' ? jsonSchema(output.schema).properties?.items : undefined
  if (items?.items === undefined) throw new Error(`${name} gives no list to search`)
  return many ? types.output(items, name) : types.output(items.items, name)
}
