import { Job } from '../jobs/job.js'
import { fitsJob, type AnyOperation } from '../operation/define.js'
import type { Components } from './components.js'
import type { FailureResponses } from './failures.js'
import type { JsonObject } from './json.js'

const UPGRADED: JsonObject = { description: 'With `Upgrade: websocket`: the same events, each as a text message. A problem later on closes the socket with 4000 + status and the code as its reason.' }

/** What an operation answers, by the shape of its output. */
export function responsesOf (operation: AnyOperation, components: Components, failures: FailureResponses): JsonObject {
  const job = fitsJob(operation) ? { 202: jobOf(components) } : {}
  return { ...failures.of(operation), ...successOf(operation, components), ...job }
}

function successOf (operation: AnyOperation, components: Components): JsonObject {
  const { output, location } = operation
  switch (output.shape) {
    case 'nothing': return { 204: { description: 'Done.' } }
    case 'value': {
      const content = { 'application/json': { schema: components.schema(output.schema) } }
      if (location !== undefined) return { 201: { description: 'Created.', headers: LOCATION, content } }
      return { 200: { description: 'The result.', content, ...nextPage(operation) } }
    }
    case 'events': return eventsOf(operation, components.schema(output.schema))
    case 'bytes': return { 200: { description: 'The bytes, as they come.', content: { [output.contentType]: { schema: { type: 'string', format: 'binary' } } } } }
    case 'channel': return { 101: { description: 'Bytes in both directions, by the subprotocol `raw.caisson.v1` (the default) or `channel.caisson.v1`.' } }
  }
}

/** How a list in pages goes on, for programs to find. */
function nextPage ({ name, input, output }: AnyOperation): JsonObject {
  const isPage = 'schema' in output && 'nextCursor' in ((output.schema as { properties?: object }).properties ?? {})
  if (!isPage || !('cursor' in input.properties)) return {}
  return { links: { next: { operationId: name, parameters: { cursor: '$response.body#/nextCursor' }, description: 'The next page: the same call with this `cursor`. There is none where `nextCursor` is absent.' } } }
}

const LOCATION: JsonObject = { Location: { description: 'Where it is found from now on.', schema: { type: 'string', format: 'uri-reference' } } }

const jobOf = (components: Components): JsonObject => ({
  description: 'To `Prefer: respond-async`: it goes on as a job, whether or not anybody waits.',
  headers: { ...LOCATION, 'Preference-Applied': { description: 'What was asked for.', schema: { type: 'string', const: 'respond-async' } } },
  content: { 'application/json': { schema: components.schema(Job) } }
})

const STREAM = 'A stream, one JSON object a line, as it happens; the last is `end` or `error`, and without either it was cut.'

/** The schema is that of one item: OpenAPI 3.1 has no word for the whole. NDJSON is first, as it is what comes unless asked otherwise. */
function eventsOf ({ class: kind, plainText }: AnyOperation, schema: JsonObject): JsonObject {
  const content = {
    'application/x-ndjson': { schema, 'x-stream': 'lines' },
    'text/event-stream': { schema, 'x-stream': 'events' },
    ...(plainText === true ? { 'text/plain': { schema: { type: 'string', description: 'With `Accept: text/plain`: the bare lines.' } } } : {})
  }
  const live = kind === 'read' ? { 101: UPGRADED } : {}
  return { ...live, 200: { description: STREAM, content }, ...(kind === 'read' ? { 204: { description: 'To `Last-Event-ID: end`: there is no more.' } } : {}) }
}
