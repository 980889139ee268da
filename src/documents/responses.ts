import { Job } from '../jobs/job.js'
import { kinds } from '../errors.js'
import { fitsJob, type AnyOperation } from '../operation/define.js'
import { failuresOf } from '../operation/failures.js'
import type { Components, JsonObject } from './components.js'

const PROBLEM = '#/components/responses/Problem'
/** What no operation is to blame for: an address that is too long, a gateway that shuts down. */
const OTHERS: JsonObject = { '4XX': { $ref: PROBLEM }, '5XX': { $ref: PROBLEM } }

const UPGRADED: JsonObject = { description: 'With `Upgrade: websocket`: the same events, each as a text message. A problem later on closes the socket with 4000 + status and the code as its reason.' }

const UPGRADE_REQUIRED: JsonObject = {
  description: '`upgrade-required`: it came without `Upgrade: websocket`.',
  headers: { Upgrade: { description: 'What to ask for.', schema: { type: 'string', const: 'websocket' } } },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
}

/** What an operation answers, by the shape of its output. */
export function responsesOf (operation: AnyOperation, components: Components): JsonObject {
  const job = fitsJob(operation) ? { 202: jobOf(components) } : {}
  return { ...failures(operation), ...successOf(operation, components), ...job, ...OTHERS }
}

/** A status may stand for several codes. */
function failures (operation: AnyOperation): JsonObject {
  const lines = new Map<number, string[]>()
  for (const { code, words } of failuresOf(operation)) {
    const { status } = kinds[code]
    lines.set(status, [...lines.get(status) ?? [], `\`${code}\`: ${words}`])
  }
  return Object.fromEntries([...lines].map(([status, codes]) => [status, { $ref: PROBLEM, description: codes.join('; ') }]))
}

function successOf (operation: AnyOperation, components: Components): JsonObject {
  const { output, location } = operation
  switch (output.shape) {
    case 'nothing': return { 204: { description: 'Done.' } }
    case 'value': {
      const content = { 'application/json': { schema: components.schema(output.schema) } }
      return location === undefined ? { 200: { description: 'The result.', content } } : { 201: { description: 'Created.', headers: LOCATION, content } }
    }
    case 'events': return eventsOf(operation, components.schema(output.schema))
    case 'bytes': return { 200: { description: 'The bytes, as they come.', content: { [output.contentType]: { schema: { type: 'string', format: 'binary' } } } } }
    case 'channel': return { 101: { description: 'Bytes in both directions, by the subprotocol `raw.caisson.v1` (the default) or `channel.caisson.v1`.' }, 426: UPGRADE_REQUIRED }
  }
}

const LOCATION: JsonObject = { Location: { description: 'Where it is found from now on.', schema: { type: 'string', format: 'uri-reference' } } }

const jobOf = (components: Components): JsonObject => ({
  description: 'To `Prefer: respond-async`: it goes on as a job, whether or not anybody waits.',
  headers: { ...LOCATION, 'Preference-Applied': { description: 'What was asked for.', schema: { type: 'string', const: 'respond-async' } } },
  content: { 'application/json': { schema: components.schema(Job) } }
})

function eventsOf ({ class: kind, plainText }: AnyOperation, schema: JsonObject): JsonObject {
  const content = {
    'application/x-ndjson': { schema },
    'text/event-stream': { schema: { type: 'string', description: 'The same objects as `data:`; the `id:` is the cursor, and `end` for the last. An EventSource that connects again can\'t do so with a ticket: read with `fetch` instead.' } },
    ...(plainText === true ? { 'text/plain': { schema: { type: 'string', description: 'The bare lines.' } } } : {})
  }
  const description = 'Events as they happen, one JSON object a line; the last is `end` or `error`, and without either the stream was cut.'
  const live = kind === 'read' ? { 101: UPGRADED } : {}
  return { ...live, 200: { description, content }, ...(kind === 'read' ? { 204: { description: 'To `Last-Event-ID: end`: there is no more.' } } : {}) }
}

export const problemResponse: JsonObject = {
  description: 'A problem.',
  headers: { 'Retry-After': { description: 'With `rate-limited`, and with a `conflict` because the first call under the key is under way: how long to wait, in seconds.', schema: { type: 'integer' } } },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
}
