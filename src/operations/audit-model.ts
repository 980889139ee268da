import Type, { type Static } from 'typebox'
import { inGraphql } from '../model/graphql-name.js'
import { choice } from '../model/choice.js'
import type { JournalLine } from '../audit/entry.js'
import { closed } from '../model/objects.js'

const text = (description: string, more: object = {}) => Type.String({ description, ...more })
const maybe = (description: string) => Type.Optional(Type.String({ description }))

const Actor = Type.Object({
  id: text('The user\'s id', inGraphql('userId')),
  username: text('The username at that time'),
  credential: text('What the caller proved it with: its kind and id, e.g. `jwt:01JD…`, `ticket:01JD…`, `refresh:01JD…` (the session) or `password`; never the credential itself')
}, { ...closed, title: 'JournalActor', description: 'Who called' })

const Client = Type.Object({
  address: text('The address the call came from; `many` where a flood came from too many to tell apart'),
  port: Type.Optional(Type.Integer({ description: 'The port the call came from' })),
  userAgent: maybe('What the caller said of its program, at most 256 characters')
}, { ...closed, title: 'JournalClient', description: 'Where the call came from' })

const Target = Type.Object({
  kind: text('`container`, `image`, `host`, `user` …'),
  id: text('The full id; `hmac:` and a digest for a name to sign in with that no user has', inGraphql('resourceId')),
  name: maybe('The name at that time')
}, { ...closed, title: 'JournalTarget', description: 'What the call was about' })

const Decision = Type.Object({
  effect: choice('JournalEffect', 'Whether the call was let through', { allow: 'It was', deny: 'It was not, and the engine heard nothing of it' }),
  rule: text('The rule that decided')
}, { ...closed, title: 'JournalDecision', description: 'What was decided, and by which rule' })

const Made = Type.Object(Target.properties, { ...closed, title: 'JournalMade', description: 'What the call made, where its target is another: the image of a commit' })

const Outcome = Type.Object({
  code: maybe('The problem\'s code; absent where the call succeeded'),
  durationMs: Type.Integer({ description: 'How long it took, in milliseconds' }),
  end: maybe('How the call ended: `complete`, `client-left`, `cancelled`, `error`, `shutdown` or `unknown`'),
  made: Type.Optional(Made),
  repeatOf: maybe('The id of the first call under the same Idempotency-Key: this one was not made again; it was given the first one\'s answer, or told why there is none'),
  bytesIn: Type.Optional(Type.Integer({ description: 'Of a channel: how many bytes went to the engine' })),
  bytesOut: Type.Optional(Type.Integer({ description: 'Of a channel: how many bytes of output came from the engine' })),
  exitCode: Type.Optional(Type.Integer({ description: 'Of a channel: what the process behind it exited with; absent where that is not known' })),
  count: Type.Optional(Type.Integer({ description: 'How many refusals the line stands for, where a flood was collapsed' }))
}, { ...closed, title: 'JournalOutcome', description: 'How the call ended; absent while it is under way' })

export const JournalRecord = Type.Object({
  seq: Type.Integer({ description: 'The line\'s number in the chain, from 1' }),
  id: text('The call\'s id: all its lines carry it', inGraphql('callId')),
  time: Type.String({ format: 'date-time', description: 'When the line was written; ISO 8601 UTC' }),
  stage: choice('JournalStage', 'What the line tells of its call', {
    received: 'It was let through, and the engine has not heard of it yet',
    started: 'What it opened has begun',
    completed: 'It is over; `outcome` says how',
    denied: 'It was refused',
    recovered: 'The gateway died during the call, and what became of it is not known'
  }),
  requestId: text('The id of the request, as answers and the gateway\'s log have it'),
  surface: choice('JournalSurface', 'How the call came', {
    rest: 'Over HTTP, at the operation\'s own address',
    graphql: 'As a field of a GraphQL document, over HTTP or WebSocket',
    ws: 'Over WebSocket, at the operation\'s own address',
    internal: 'From the gateway itself'
  }),
  actor: Type.Optional(Actor),
  client: Client,
  operation: maybe('The operation\'s name; absent where the call was refused before it was known'),
  class: Type.Optional(choice('JournalClass', 'What kind of thing the operation does', {
    read: 'It looks, and changes nothing',
    write: 'It changes something on a host',
    exec: 'It runs something inside a container',
    admin: 'It changes who may do what',
    auth: 'It signs in or out, or gives something to call with'
  })),
  host: maybe('The host the call was for'),
  target: Type.Optional(Target),
  input: Type.Object({}, { additionalProperties: true, description: 'The inputs that may be recorded; one too large to keep is `{sha256, bytes}`' }),
  decision: Type.Optional(Decision),
  outcome: Type.Optional(Outcome),
  previous: text('The hash of the line before, hex; 64 zeroes in the first'),
  hash: text('SHA-256 of the line without this field, hex, over its canonical JSON (RFC 8785) as the journal holds it')
}, { ...closed, title: 'JournalRecord', description: 'One line of the journal' })

/** What has no name at that time has none. */
const subject = ({ kind, id, name }: NonNullable<JournalLine['target']>) => ({ kind, id, ...name !== null && { name } })

/** A line as the API gives it: what is null is absent. */
export function recordOf (line: JournalLine): Static<typeof JournalRecord> {
  const { actor, operation, class: kind, host, target, decision, outcome, ...rest } = line
  const { made, code, ...ending } = outcome ?? {}
  return {
    ...rest,
    ...actor !== null && { actor },
    ...operation !== null && { operation },
    ...kind !== null && { class: kind },
    ...host !== null && { host },
    ...target !== null && { target: subject(target) },
    ...decision !== null && { decision },
    ...outcome !== null && { outcome: { ...ending, durationMs: outcome.durationMs, code: code ?? undefined, ...made !== undefined && { made: subject(made) } } }
  }
}
