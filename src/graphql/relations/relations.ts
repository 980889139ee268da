import type { AnyOperation } from '../../operation/define.js'
import type { Registry } from '../../operation/registry.js'
import type { Field } from '../context.js'
import { fieldOf } from '../field.js'
import { PER_ROW, type Relation, type Row } from './relation.js'
import { CALLS, type CallRelation } from './relation-calls.js'
import { JOINS, joinField } from './relation-joins.js'
import { STREAMS, streamField } from './relation-streams.js'
import { RequestScheduler } from './request-scheduler.js'
import type { Relations, Types } from '../types.js'

export const relationsOf = (registry: Registry): Relations => (typeName, types) => {
  const fields = <R extends Relation>(relations: readonly R[], make: (relation: R, operation: AnyOperation, types: Types, typeName: string) => Field) =>
    relations.filter(({ on }) => on.includes(typeName)).flatMap((relation): Array<[string, Field]> => {
      const operation = registry.get(relation.operation)
      return operation === undefined ? [] : [[relation.field, make(relation, operation, types, typeName)]]
    })
  return Object.fromEntries([...fields(CALLS, callField), ...fields(JOINS, joinField), ...fields(STREAMS, streamField)])
}

/** A call for each row is followed on so many rows only; any other is made once for all rows that ask the same. */
function callField ({ field, description, given, perRow }: CallRelation, operation: AnyOperation, types: Types, typeName: string): Field {
  const { args = {}, type, resolve } = fieldOf(operation, types)
  const taken = new Set(Object.keys(given({})))
  return {
    type,
    description: perRow === true ? `${description}. ${PER_ROW}` : description,
    args: Object.fromEntries(Object.entries(args).filter(([name]) => !taken.has(name))),
    resolve: async (row, own, context, info) => {
      const turns = RequestScheduler.of(context)
      const input = { ...own, ...given(row as Row) }
      const call = async () => await turns.run(context.call().signal, async () => await resolve?.(row, input, context, info))
      if (perRow === true) {
        turns.row(`${typeName}.${field}`)
        return await call()
      }
      const result = await turns.once(`${operation.name} ${JSON.stringify(input)}`, call)
      turns.found(itemsIn(result))
      return result
    }
  }
}

const itemsIn = (result: unknown): number =>
  typeof result === 'object' && result !== null && 'items' in result && Array.isArray(result.items) ? result.items.length : 1
