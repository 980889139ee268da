import type { Code } from '../lib/errors.js'
import type { FailureResponses } from './failures.js'
import type { JsonObject } from './json.js'
import type { Paths } from './shared-parameters.js'

/** What the answer to anybody may be, beside its own. */
const SIGNED_IN: readonly Code[] = ['unauthenticated', 'rate-limited', 'internal']
const ANYBODY: readonly Code[] = ['invalid-input', 'internal']

const text = (type: string, description: string): JsonObject => ({ [type]: { schema: { type: 'string', description } } })
const object = (description: string, properties: JsonObject): JsonObject => ({ 'application/json': { schema: { type: 'object', description, properties } } })

const graphqlRequest: JsonObject = {
  required: true,
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          query: { type: ['string', 'null'], description: 'A GraphQL document; may be left out where its hash is known' },
          variables: { type: ['object', 'null'], description: 'Its variables' },
          operationName: { type: ['string', 'null'], description: 'Which of its operations, if it has several' },
          extensions: { type: ['object', 'null'], description: '`{"persistedQuery": {"version": 1, "sha256Hash": "…"}}`: the document\'s SHA-256 in hexadecimal, under which it is kept once it came with it' }
        }
      },
      example: { query: '{ hosts { items { name reachable } } }' }
    }
  }
}

const graphqlAnswer = object('A GraphQL result', {
  data: { type: ['object', 'null'], description: 'What was asked for' },
  errors: { type: 'array', description: 'What went wrong; `extensions` has the members of a Problem', items: { type: 'object', description: 'One fault, at `path`' } }
})

/** What is there beside the operations. */
export const fixedPaths = (failures: FailureResponses): Paths => ({
  '/graphql': {
    post: {
      operationId: 'graphql',
      summary: 'Ask by GraphQL',
      description: 'The same operations as one graph; `schema.graphql` and `/graphiql` have the schema. Over WebSocket, at the same address, with the subprotocol `graphql-transport-ws`, subscriptions as well. Queries may also be sent by GET, with `variables` and `extensions` as JSON. Under `Accept: application/graphql-response+json` the answer has that type.',
      tags: ['graphql'],
      security: [{ bearer: [] }],
      requestBody: graphqlRequest,
      responses: {
        200: { description: 'The document was executed.', content: graphqlAnswer },
        400: { description: 'The document does not parse, does not fit the schema, or is too large.', content: graphqlAnswer },
        ...failures.usual(...SIGNED_IN, 'too-large', 'unsupported-media-type')
      }
    }
  },
  '/healthz': {
    get: {
      operationId: 'healthz',
      summary: 'Is the process alive?',
      description: 'Asks nothing of anybody: whoever gets an answer has it.',
      tags: ['system'],
      security: [],
      responses: { 200: { description: 'It is.', content: object('Liveness', { status: { type: 'string', const: 'ok', description: 'Always `ok`' } }) }, ...failures.usual(...ANYBODY) }
    }
  },
  '/readyz': {
    get: {
      operationId: 'readyz',
      summary: 'Can the gateway serve?',
      description: 'Whoever may list hosts has a line for each, two seconds old at most. An engine that does not answer makes a line, never a 503.',
      tags: ['system'],
      security: [{}, { bearer: [] }],
      responses: {
        200: { description: 'It can.', content: readiness() },
        503: { description: 'The store does not answer, or the gateway shuts down.', content: readiness() },
        ...failures.usual(...ANYBODY)
      }
    }
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      summary: 'Metrics for Prometheus',
      description: 'Counts and times of requests, calls to engines, streams, jobs and the journal. Durations are in seconds, sizes in bytes.',
      tags: ['system'],
      security: [{ bearer: [] }],
      'x-permission': 'admin',
      responses: { 200: { description: 'The metrics.', content: text('text/plain', 'In Prometheus\' text format') }, ...failures.usual(...SIGNED_IN, 'forbidden') }
    }
  }
})

function readiness (): JsonObject {
  return object('Readiness', {
    status: { type: 'string', enum: ['ok', 'unavailable'], description: 'Whether calls can be taken' },
    store: { type: 'string', enum: ['ok', 'unavailable'], description: 'Whether the store answers' },
    hosts: {
      type: 'array',
      description: 'A line for each host',
      items: {
        type: 'object',
        properties: {
          host: { type: 'string', description: 'Its name' },
          status: { type: 'string', description: '`ok`, or a problem\'s code' },
          detail: { type: 'string', description: 'What is wrong with it' }
        }
      }
    }
  })
}
