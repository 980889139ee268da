import Type from 'typebox'
import { choice } from '../model/choice.js'
import { invalidField } from '../lib/errors.js'
import { fillPath, operation, pathNames, value, type AnyOperation } from '../operation/define.js'
import { TICKET, takesTickets, type Registry } from '../operation/registry.js'
import { TICKET_LIMITS } from '../auth/tickets.js'
import { caller } from './caller.js'
import { closed } from '../model/objects.js'
import { none } from '../authorization/authorization-spec.js'
import { CREATES_ITS_TARGET, NOT_ON_A_HOST } from '../operation/none.js'

type Fields = Readonly<Record<string, unknown>>

const SECONDS = TICKET_LIMITS.lifetimeMs / 1000

const DESCRIPTION = `For whatever can send no \`Authorization\`, such as a browser's WebSocket or download. For example \
\`{"operation": "container.logs", "input": {"host": "local", "id": "web", "follow": true}}\`. The url is the operation's own address with \
\`?ticket=…\` and nothing else in the query; it is good for one call within ${SECONDS} seconds, as whoever made it, with the inputs named here. What is \
sent to it (the body of an upload, an \`Upgrade\`, an \`Accept\`) and what it answers is as with a token.

The call is checked now and again when it is made: what you may not call, or does not fit, is refused here. A ticket that was shown is used up, \
whatever came of it, and reads \`unauthenticated\` from then on. It ends with the session it was made in. An EventSource connects again by itself, which a \
ticket is not good for: read streams with \`fetch\`, or over a WebSocket, and make another ticket to go on (\`after\`).

You may have ${TICKET_LIMITS.perUser} tickets that are not used (\`rate-limited\`, with \`Retry-After\`), with ${TICKET_LIMITS.inputBytes / 1024} KiB of inputs each (\`too-large\`).`

export const Link = Type.Object({
  url: Type.String({ description: 'Where to go, below the gateway\'s own address: a path and a ticket' }),
  method: choice('LinkMethod', 'With which HTTP method', {
    GET: 'What reads or opens a stream',
    POST: 'What does or makes something',
    PUT: 'What puts something in a place',
    PATCH: 'What changes a part',
    DELETE: 'What removes something'
  }),
  expiresAt: Type.String({ format: 'date-time', description: `Until when, ${SECONDS} seconds from now; ISO 8601 UTC` })
}, { ...closed, title: 'Link', description: `An address that is good for one call, within ${SECONDS} seconds, without a token` })

export const ticketOperations = [
  operation({
    name: 'session.ticket',
    summary: 'Have a link that makes one call without a token',
    description: DESCRIPTION,
    class: 'auth',
    method: 'POST',
    path: '/tickets',
    permission: 'self',
    creates: 'ticket',
    keyless: true,
    input: Type.Object({
      operation: Type.String({
        maxLength: 64,
        pattern: '^[a-z][A-Za-z]*\\.[a-z][A-Za-z]*$',
        description: 'The operation\'s name, e.g. `container.logs`; any that is offered over REST, but for those of sessions',
        'x-expects': 'the name of an operation such as "container.logs"'
      }),
      input: Type.Object({}, { additionalProperties: true, description: 'The inputs of the operation, all of them, wherever REST has them' })
    }, closed),
    secret: ['input'],
    ...NOT_ON_A_HOST,
    target: CREATES_ITS_TARGET,
    references: none('the call that it is for is authorized by itself (nestedCall)'),
    audit: ['operation'],
    output: value(Link),
    failures: {
      forbidden: 'The caller may not make the call that the ticket is for',
      'not-found': 'There is no such host or target',
      'too-large': 'The body, or the inputs of the ticket, are too large',
      'rate-limited': 'There are too many tickets that are not used; `Retry-After` says how long to wait',
      'engine-error': 'The engine refused to say what the call is about',
      'host-unreachable': 'The host of the call cannot be reached',
      'host-timeout': 'The host of the call did not answer in time'
    },
    example: { operation: 'container.logs', input: { host: 'local', id: 'caisson-example', follow: true } },
    nestedCall: ({ operation: name, input }, { operations }) => ({ operation: ticketable(operations, name), input, pointer: '/input' }),
    async handler ({ operation: name, input }, context) {
      const operation = ticketable(context.operations, name)
      const fields = { ...input } as Fields
      const path = addressOf(operation, fields)
      const { text, ticket: { id, expires } } = context.tickets.make({ actor: caller(context), operation, path, input })
      context.created({ id, name })
      return { url: `/api/v1${fillPath(path, fields)}?${TICKET}=${text}`, method: operation.method, expiresAt: expires.toISOString() }
    }
  })
]

function ticketable (operations: Registry, name: string): AnyOperation {
  const operation = operations.get(name)
  if (operation === undefined || !takesTickets(operation)) {
    throw invalidField('operation', `must be an operation that a ticket can be made for, and ${name} is none`)
  }
  return operation
}

/** A list may also be asked across hosts: its `host` is then no part of the path. */
function addressOf ({ path, acrossHosts }: AnyOperation, fields: Fields): string {
  const fits = pathNames(path).every(name => ['string', 'number'].includes(typeof fields[name]))
  return fits ? path : acrossHosts ?? path
}
