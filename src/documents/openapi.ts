import { createRequire } from 'node:module'
import type { AnyOperation } from '../operation/define.js'
import { offeredOn, pathsOf, takesTickets, type Registry } from '../operation/registry.js'
import { IDEMPOTENCY_LIMITS } from '../idempotency/idempotency-store.js'
import { Components } from './components.js'
import { FailureResponses, sharedHeaders } from './failures.js'
import { fixedPaths } from './fixed.js'
import { parametersOf, requestBodyOf } from './inputs.js'
import type { JsonObject } from './json.js'
import { Problem } from '../lib/problem.js'
import { responsesOf } from './responses.js'
import { sharedParameters, type Paths } from './shared-parameters.js'

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string }

/** Where the operations' own paths begin. */
const PREFIX = '/api/v1'

const MIB = 1024 * 1024

const DESCRIPTION = `One authenticated, authorised and audited way in to a team's Docker hosts.

Sign in with \`POST /api/v1/auth/login\` and send the access token as \`Authorization: Bearer …\`, here as on every other surface.
Where none can be sent, \`POST /api/v1/tickets\` gives a url that is good for one call without it, within 30 seconds, as it stands: nothing
else is in the query, no header \`Caisson-Input\` and no JSON body. A ticket is no token, and no token is ever in a query; operations with
\`x-ticket\` can be called so.
\`x-permission\` names the permission that a call needs, \`x-class\` what kind of thing it does.

In query strings arrays repeat (\`label=a&label=b\`), maps repeat as \`labels=key=value\`, booleans are \`true\` or \`false\` (\`1\` and \`0\` as well), and times are
ISO 8601, seconds since 1970 or a duration back from now (\`10m\`). The name of an image may have its slashes as they are. Everything that goes wrong is a
\`Problem\`, whatever its status.

What answers \`application/x-ndjson\` is a stream: the schema is that of each line. A client that reads the body as a stream has each as it
happens, and one that waits for the whole of what goes on waits for ever. With \`Accept: text/event-stream\` each is a \`data:\`, the \`id:\` is
its cursor, and \`end\` for the last; an EventSource that connects again can't do so with a ticket: read with \`fetch\` instead. A list with \`nextCursor\` goes on: the same call with it as
\`cursor\` is the next page (the link \`next\`), until an answer has none.

Where an operation lists the header \`Idempotency-Key\`, a call that is sent again under the same key by the same user is not made again: for 24
hours it has the first one's answer, status and \`Location\`, whoever was cut off in between; a job is given as it stands. The first call goes on
when its client leaves. Other inputs, another operation or another upload under the key are a \`conflict\`; so is a repeat while the first is under
way, with \`Retry-After\`. A call that was refused before an engine heard of it leaves the key free, and so does one that the engine failed at
without having done anything (a port that was taken), or whose upload did not arrive whole; what the engine refused is answered again. Where the
gateway or the host was lost within the call, what \`container.create\` and \`container.run\` made is found again and answered, and anything
else is \`outcome-unknown\`: it is never made twice. Reads take no notice of a key; whatever else does not list it refuses it with 400. A user has
${IDEMPOTENCY_LIMITS.perUser.toLocaleString('en')} keys and ${IDEMPOTENCY_LIMITS.bytesPerUser / MIB} MiB of answers in 24 hours (\`rate-limited\`), and ${IDEMPOTENCY_LIMITS.running} calls under way with keys (\`overloaded\`). In GraphQL the key is the argument \`idempotencyKey\`.`

const TAGS: Readonly<Record<string, string>> = {
  host: 'The Docker hosts that the gateway stands in front of',
  image: 'Images, by host',
  container: 'Containers, by host',
  exec: 'Commands in containers that somebody attaches to',
  job: 'Work that goes on without the request that began it',
  session: 'Signing in and out',
  user: 'Who may sign in',
  audit: 'The journal of all calls',
  graphql: 'The same operations as one graph',
  system: 'The gateway itself'
}

/** The operations as an OpenAPI 3.1 document, all derived. */
export function openapiDocument (registry: Registry): JsonObject {
  const components = new Components()
  components.schema(Problem)
  const failures = new FailureResponses()
  const { paths, parameters } = sharedParameters({ ...pathsOfAll(registry, components, failures), ...fixedPaths(failures) })
  return {
    openapi: '3.1.0',
    info: { title: 'Caisson', version, description: DESCRIPTION, contact: { name: 'Caisson' }, license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' } },
    servers: [{ url: '/', description: 'This gateway' }],
    security: [{ bearer: [] }],
    tags: tagsOf(registry),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token that `POST /api/v1/auth/login` gives' }
      },
      responses: failures.all(),
      parameters,
      headers: sharedHeaders,
      schemas: components.all()
    }
  }
}

const nounOf = ({ name }: AnyOperation): string => name.split('.')[0] ?? name

function tagsOf (registry: Registry): JsonObject[] {
  const nouns = new Set([...[...registry].map(nounOf), 'graphql', 'system'])
  return [...nouns].sort().map(name => ({ name, description: TAGS[name] ?? `What has to do with ${name}s` }))
}

function pathsOfAll (registry: Registry, components: Components, failures: FailureResponses): Paths {
  const paths: Record<string, Record<string, JsonObject>> = {}
  for (const operation of registry) {
    if (!offeredOn(operation, 'rest')) continue
    for (const path of pathsOf(operation)) {
      (paths[PREFIX + path] ??= {})[operation.method.toLowerCase()] = operationOf(operation, path, components, failures)
    }
  }
  return paths
}

function operationOf (operation: AnyOperation, path: string, components: Components, failures: FailureResponses): JsonObject {
  const { name, summary, description, class: kind, permission } = operation
  const isAcross = path !== operation.path
  const parameters = parametersOf(operation, path, components)
  const requestBody = requestBodyOf(operation, path, components)
  return {
    operationId: isAcross ? `${name}.acrossHosts` : name,
    summary: isAcross ? `${summary}, across hosts` : summary,
    ...(description === undefined ? {} : { description }),
    tags: [nounOf(operation)],
    ...(permission === 'public' ? { security: [] } : {}),
    'x-permission': permission ?? name,
    'x-class': kind,
    ...(takesTickets(operation) ? { 'x-ticket': true } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: responsesOf(operation, components, failures)
  }
}
