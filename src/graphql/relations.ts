import type { GraphQLFieldConfigMap } from 'graphql'
import type { AnyOperation } from '../operation/define.js'
import type { Registry } from '../operation/registry.js'
import { fieldOf, type GraphqlContext } from './schema.js'
import { Turns } from './turns.js'
import type { Relations, Types } from './types.js'

type Row = Readonly<Record<string, unknown>>

/** From one type to another, through an operation like any other: nothing escapes policy or journal. */
interface Relation {
  readonly on: string
  readonly field: string
  readonly description: string
  readonly operation: string
  /** The inputs that the row has already; the others are arguments of the field. */
  readonly given: (row: Row) => Row
}

const relations: readonly Relation[] = [
  {
    on: 'ContainerSummary',
    field: 'details',
    description: 'The container in full: one call of its own to its host, like `container`.',
    operation: 'container.inspect',
    given: ({ host, id }) => ({ host, id })
  },
  {
    on: 'ImageSummary',
    field: 'details',
    description: 'The image in full: one call of its own to its host, like `image`.',
    operation: 'image.inspect',
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

function relationField ({ description, given }: Relation, operation: AnyOperation, types: Types): GraphQLFieldConfigMap<unknown, GraphqlContext>[string] {
  const { args = {}, type, resolve } = fieldOf(operation, types)
  const taken = new Set(Object.keys(given({})))
  return {
    type,
    description,
    args: Object.fromEntries(Object.entries(args).filter(([name]) => !taken.has(name))),
    resolve: (row, own, context, info) =>
      Turns.of(context).run(async () => await resolve?.(row, { ...own, ...given(row as Row) }, context, info))
  }
}
