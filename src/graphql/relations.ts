import type { GraphQLFieldConfigMap } from 'graphql'
import type { AnyOperation } from '../operation/define.js'
import type { Registry } from '../operation/registry.js'
import { fieldOf, type GraphqlContext } from './schema.js'
import { ROWS, Turns } from './turns.js'
import type { Relations, Types } from './types.js'

type Row = Readonly<Record<string, unknown>>

/** From one type to another, through an operation like any other: nothing escapes policy or journal. */
interface Relation {
  readonly on: string
  readonly field: string
  readonly description: string
  readonly operation: string
  /** A call for each row, and not one for a whole list: followed on so many rows only. */
  readonly perRow?: boolean
  /** The inputs that the row has already; the others are arguments of the field. */
  readonly given: (row: Row) => Row
}

const relations: readonly Relation[] = [
  {
    on: 'ContainerSummary',
    field: 'details',
    description: `The container in full: one call of its own to its host, like \`container\`. On ${ROWS} rows of a document at most; it is \`too-large\` on those beyond.`,
    operation: 'container.inspect',
    perRow: true,
    given: ({ host, id }) => ({ host, id })
  },
  {
    on: 'ImageSummary',
    field: 'details',
    description: `The image in full: one call of its own to its host, like \`image\`. On ${ROWS} rows of a document at most; it is \`too-large\` on those beyond.`,
    operation: 'image.inspect',
    perRow: true,
    given: ({ host, id }) => ({ host, image: id })
  },
  {
    on: 'Host',
    field: 'containers',
    description: 'The containers on this host, like `containers`: one call for the whole list.',
    operation: 'container.list',
    given: ({ name }) => ({ host: name })
  },
  {
    on: 'Host',
    field: 'images',
    description: 'The images on this host, like `images`: one call for the whole list.',
    operation: 'image.list',
    given: ({ name }) => ({ host: name })
  }
]

export const relationsOf = (registry: Registry): Relations => (typeName, types) =>
  Object.fromEntries(relations.filter(({ on }) => on === typeName).flatMap(relation => {
    const operation = registry.get(relation.operation)
    return operation === undefined ? [] : [[relation.field, relationField(relation, operation, types)]]
  }))

function relationField ({ on, field, description, given, perRow }: Relation, operation: AnyOperation, types: Types): GraphQLFieldConfigMap<unknown, GraphqlContext>[string] {
  const { args = {}, type, resolve } = fieldOf(operation, types)
  const taken = new Set(Object.keys(given({})))
  return {
    type,
    description,
    args: Object.fromEntries(Object.entries(args).filter(([name]) => !taken.has(name))),
    resolve: async (row, own, context, info) => {
      const turns = Turns.of(context)
      if (perRow === true) turns.row(`${on}.${field}`)
      return await turns.run(context.call().signal, async () => await resolve?.(row, { ...own, ...given(row as Row) }, context, info))
    }
  }
}
