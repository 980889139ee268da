import { GraphQLBoolean } from 'graphql'
import { Job } from '../jobs/job.js'
import { startJob } from '../jobs/start.js'
import { pascal } from '../model/type-names.js'
import { fitsJob, type AnyOperation } from '../operation/define.js'
import { failureLine } from '../operation/failures.js'
import { invoke } from '../operation/invoke.js'
import { withoutNulls } from './arguments.js'
import type { GraphqlContext, Field } from './context.js'
import { jsonSchema } from './json-schema.js'
import { keyApart, keyArgument } from './key.js'
import { explainMistakenIds } from './nodes/mistaken-id.js'
import { iterate } from './stream.js'
import { Types } from './types.js'

/** One operation as a field. What is asked for as null is as good as left out. */
export function fieldOf (operation: AnyOperation, types: Types): Field {
  const run = async (args: Record<string, unknown>, context: GraphqlContext, make: typeof invoke | typeof startJob = invoke) => {
    const { inputs, call } = keyApart(args, context.call())
    return await explainMistakenIds(types.nodes, inputs, async () => await make(operation, withoutNulls(jsonSchema(operation.input), inputs), call))
  }
  const name = pascal(operation.name)
  const { output } = operation
  const described = {
    description: [operation.summary, operation.description, failureLine(operation)].filter(text => text !== undefined).join('\n\n'),
    args: { ...types.inputs(jsonSchema(operation.input), name), ...keyArgument(operation) }
  }
  if (fitsJob(operation)) {
    return { ...described, type: types.output(jsonSchema(Job), 'Job'), resolve: (_, args, context) => run(args, context, startJob) }
  }
  if (output.shape === 'events') {
    const subscribe: Field['subscribe'] = async (_, args, context) => iterate(await run(args, context), context.call(), context.onLast)
    return { ...described, type: types.output(output.schema, `${name}Event`), subscribe, resolve: item => item }
  }
  if (output.shape === 'value') {
    return { ...described, type: types.output(output.schema, `${name}Result`), resolve: async (_, args, context) => types.nodes.withHost(operation, args, await run(args, context)) }
  }
  return { ...described, type: GraphQLBoolean, resolve: async (_, args, context) => { await run(args, context); return true } }
}
