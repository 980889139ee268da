import { movedFaults } from '../lib/errors.js'
import type { AnyOperation } from '../operation/define.js'
import { failureLine } from '../operation/failures.js'
import { invoke } from '../operation/invoke.js'
import type { Registry } from '../operation/registry.js'
import { pascal } from '../model/type-names.js'
import { withoutNulls } from './arguments.js'
import type { Field } from './context.js'
import { jsonSchema } from './json-schema.js'
import { explainMistakenIds } from './nodes/mistaken-id.js'
import type { Types } from './types.js'

const TICKET_OPERATION = 'session.ticket'

/**
 * What GraphQL has no way to carry, as a link: the field makes a ticket for the operation, and the call itself is
 * made where the link leads.
 */
export function linkField (operation: AnyOperation, registry: Registry, types: Types): Field {
  const ticket = registry.get(TICKET_OPERATION)
  if (ticket?.output.shape !== 'value') throw new Error(`${operation.name} is a link in GraphQL, and there is no ${TICKET_OPERATION} to make one`)
  const schema = jsonSchema(operation.input)
  const name = pascal(operation.name)
  return {
    description: [operation.summary, operation.description, wordsOf(operation), failureLine(operation)].filter(text => text !== undefined).join('\n\n'),
    args: types.inputs(schema, name),
    type: types.output(ticket.output.schema, 'Link'),
    resolve: async (_, args: Readonly<Record<string, unknown>>, { call }) => await explainMistakenIds(types.nodes, args, async () => {
      try { return await invoke(ticket, { operation: operation.name, input: withoutNulls(schema, args) }, call()) } catch (error) {
        // The arguments of the field are the whole of what the ticket has as its `input`.
        throw movedFaults(error, path => path.replace(/^\/input(?=\/|$)/, ''))
      }
    })
  }
}

function wordsOf ({ upload, output }: AnyOperation): string {
  const what = upload !== undefined ? `to send the body to (\`${upload}\`), which answers as REST does` : output.shape === 'channel' ? 'to open a WebSocket at' : 'to download from'
  return `Gives a link ${what}.`
}
