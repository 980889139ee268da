import { setMaxListeners } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import type { AddressInfo } from 'node:net'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance } from 'fastify'
import Type from 'typebox'
import { inGraphql } from '../../src/model/graphql-name.js'
import { Access } from '../../src/authorization/policy.js'
import { Failure, conflict, unauthenticated } from '../../src/lib/errors.js'
import { registerGraphql } from '../../src/graphql/plugin.js'
import type { Actor } from '../../src/model/caller.js'
import type { Call } from '../../src/operation/context.js'
import { events, nothing, operation, value, type AnyOperation } from '../../src/operation/define.js'
import { registry } from '../../src/operation/registry.js'
import type {} from '../../src/routes/decorators.js'
import { Rates } from '../../src/rates/rates.js'
import type { Services } from '../../src/model/services.js'
import { NO_AUTHORIZATION } from '../support/no-authorization.js'

const Rig = Type.Enum(['sloop', 'square-rigged'], { title: 'Rig', description: 'How it is rigged' })

const Boat = Type.Object({
  host: Type.String({ description: 'Its port' }),
  id: Type.String(),
  rig: Rig,
  launchedAt: Type.String({ format: 'date-time' }),
  weightGrams: Type.Integer({ description: 'Its weight' }),
  crew: Type.Integer({ minimum: 0, maximum: 100 }),
  length: Type.Number(),
  owner: Type.Optional(Type.String()),
  captain: Type.Union([Type.String(), Type.Null()]),
  flags: Type.Record(Type.String(), Type.String()),
  raw: Type.Object({}, { additionalProperties: true }),
  berth: Type.Object({ pier: Type.String() }),
  masts: Type.Array(Type.Object({ height: Type.Number() }, { title: 'Mast' }))
}, { title: 'Boat', description: 'A boat in full' })

const BoatSummary = Type.Object({ host: Type.String(), id: Type.String() }, { title: 'BoatSummary' })

const SoundEvent = Type.Object({ type: Type.Literal('sound'), text: Type.String() }, { title: 'SoundEvent' })
const StillEvent = Type.Object({ type: Type.Literal('still'), depth: Type.Union([Type.Integer({ maximum: 10 }), Type.Null()]) })
const EndEvent = Type.Object({ type: Type.Literal('end'), reason: Type.String() }, { title: 'EndEvent' })
const ErrorEvent = Type.Object({ type: Type.Literal('error'), problem: Type.Object({}, { additionalProperties: true }) }, { title: 'ErrorEvent' })

export const boat = {
  host: 'north',
  id: 'b1',
  rig: 'square-rigged' as const,
  launchedAt: '2026-01-31T12:00:00Z',
  weightGrams: 3_000_000_000,
  crew: 4,
  length: 12.5,
  captain: null,
  flags: { 'dev.flag/a': 'x' },
  raw: { Any: ['thing'] },
  berth: { pier: 'A' },
  masts: [{ height: 7 }]
}

const ref = { host: Type.String({ description: 'The port' }), id: Type.String() }
const common = { audit: [], example: {} as never }

/** What the handlers of the made-up operations did, for a test to look at. */
export interface Seen { calls: Array<{ name: string, input: unknown, signal?: AbortSignal }>, streams: Readable[], most: number, now: number, pauseMs?: number }

export function madeUp (seen: Seen): AnyOperation[] {
  const note = (name: string, input: unknown, signal?: AbortSignal) => { seen.calls.push({ name, input, signal }) }
  return [
    operation({
      ...common,
      name: 'boat.list',
      summary: 'List boats',
      class: 'read',
      method: 'GET',
      path: '/boats',
      input: Type.Object({
        host: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())], { description: 'The ports to ask' })),
        all: Type.Optional(Type.Boolean({ default: false, description: 'Sunken ones, too' }))
      }, { additionalProperties: false }),
      output: value(Type.Object({ items: Type.Array(BoatSummary), errors: Type.Array(Type.Unknown()) }, { title: 'BoatList' })),
      async handler (input) {
        note('list', input)
        return { items: Array.from({ length: input.all === true ? 120 : 20 }, (_, at) => ({ host: 'north', id: `b${at}` })), errors: [] }
      }
    }),
    operation({
      ...common,
      name: 'boat.inspect',
      summary: 'Look at a boat',
      class: 'read',
      method: 'GET',
      path: '/hosts/{host}/boats/{id}',
      input: Type.Object(ref, { additionalProperties: false }),
      output: value(Boat),
      async handler (input) {
        note('inspect', input)
        seen.most = Math.max(seen.most, ++seen.now)
        await new Promise(resolve => setTimeout(resolve, seen.pauseMs ?? 5))
        seen.now--
        return { ...boat, ...input }
      }
    }),
    operation({
      ...NO_AUTHORIZATION,
      ...common,
      name: 'boat.build',
      summary: 'Build a boat',
      description: 'It is launched when it is ready.',
      class: 'write',
      method: 'POST',
      path: '/boats',
      input: Type.Object({
        name: Type.String({ pattern: '^[a-z]+$', 'x-expects': 'lower-case letters' }),
        rig: Type.Optional(Type.Enum(['sloop', 'square-rigged'], { title: 'Rig', default: 'sloop', description: 'How to rig it' })),
        cargoBytes: Type.Optional(Type.Integer({ minimum: 0 })),
        env: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))),
        berth: Type.Optional(Type.Object({ pier: Type.String(), place: Type.Optional(Type.Integer({ maximum: 9 })) }, { additionalProperties: false })),
        masts: Type.Optional(Type.Array(Type.Object({ height: Type.Number(), wood: Type.Optional(Type.String()) }, { title: 'MastSpec', additionalProperties: false }))),
        tags: Type.Optional(Type.Array(Type.String(), { default: ['new'] })),
        options: Type.Optional(Type.Record(Type.String(), Type.String(), { default: { colour: 'red' }, description: 'Options' }))
      }, { additionalProperties: false }),
      output: value(Type.Object({ id: Type.String(inGraphql('boatId')) })),
      async handler (input) { note('build', input); return { id: 'b9' } }
    }),
    operation({
      ...NO_AUTHORIZATION,
      ...common,
      name: 'boat.sink',
      summary: 'Sink a boat',
      class: 'write',
      method: 'POST',
      path: '/hosts/{host}/boats/{id}/sink',
      input: Type.Object(ref, { additionalProperties: false }),
      output: nothing(),
      async handler (input) {
        note('sink', input)
        if (input.id === 'sunk') throw conflict('it is on the ground already')
        if (input.id === 'broken') throw new Error('the password is hunter2')
      }
    }),
    operation({
      ...common,
      name: 'boat.hear',
      summary: 'Hear a boat',
      class: 'read',
      method: 'GET',
      path: '/hosts/{host}/boats/{id}/sounds',
      input: Type.Object({ ...ref, follow: Type.Optional(Type.Boolean({ default: false })) }, { additionalProperties: false }),
      output: events(Type.Union([SoundEvent, StillEvent, EndEvent, ErrorEvent], { title: 'BoatEvent' })),
      async handler (input, { signal }) {
        note('hear', input, signal)
        if (input.id === 'none') throw new Failure('not-found', 'no such boat: none')
        const stream = new PassThrough({ objectMode: true })
        seen.streams.push(stream)
        if (input.follow === true) return stream
        stream.write({ type: 'sound', text: 'creak' })
        stream.write({ type: 'still', depth: null })
        if (input.id === 'cut') setTimeout(() => stream.destroy(new Failure('host-unreachable', 'the port is gone')), 20)
        else stream.end({ type: 'end', reason: 'complete' })
        return stream
      }
    })
  ]
}

const actors: Readonly<Record<string, Actor>> = {
  'Bearer ann': { id: 'u1', username: 'ann', admin: true, credential: { kind: 'jwt', id: 'j1', session: 's1' } }
}

export async function authenticate (authorization: string): Promise<Actor> {
  const actor = actors[authorization]
  if (actor === undefined) throw unauthenticated('the token is not valid')
  return actor
}

/** The services as far as the door needs them. */
const services = {
  rates: new Rates({ perUser: null, perAddress: null }),
  streams: { enter: () => () => {}, watch: () => {} },
  policy: { of: async (actor: Actor | null) => new Access(actor, []), labelKeys: async () => [] },
  journal: { append: async () => {}, note () {}, noteRefusal () {} },
  metrics: { begin: () => () => {} },
  targets: {}
} as unknown as Services

export interface Started { app: FastifyInstance, seen: Seen, url: string, refused: string[] }

/** What the guard lets anyone see. */
const OPEN = /^\/(?:docs|graphiql|openapi|api\/v1\/auth\/login)/

/** A gateway of made-up operations on a port of its own. */
export async function start (t: { teardown (end: () => unknown): unknown }, more: (app: FastifyInstance) => Promise<void> = async () => {}): Promise<Started> {
  const seen: Seen = { calls: [], streams: [], most: 0, now: 0 }
  const refused: string[] = []
  const app = fastify({ forceCloseConnections: true })
  t.teardown(() => app.close())
  await app.register(websocket)
  app.decorateRequest('actor', null)
  app.setErrorHandler((error, _, reply) => {
    if (!(error instanceof Failure)) return reply.code(500).send(error)
    return reply.code(error.status).type('application/problem+json').send({ code: error.code })
  })
  app.addHook('onRequest', async request => {
    const { authorization } = request.headers
    if (authorization !== undefined) request.actor = await authenticate(authorization)
    else if (!request.ws && !OPEN.test(request.url)) throw unauthenticated('this call needs a token')
  })
  const shutdown = new AbortController()
  setMaxListeners(0, shutdown.signal)
  app.decorateRequest('response')
  app.addHook('onRequest', async (request, reply) => { request.response = reply.raw })
  await registerGraphql(app, {
    registry: registry(madeUp(seen)),
    authenticate,
    onRefused: (_, failure) => refused.push(failure.code),
    contextOf: (request, surface) => {
      const left = new AbortController()
      request.response.once('close', () => left.abort())
      const call: Call = {
        requestId: request.id,
        surface,
        actor: request.actor,
        client: { address: request.ip },
        signal: AbortSignal.any([shutdown.signal, left.signal]),
        shutdown: shutdown.signal,
        tokens: { sign: () => '', lifetimeSeconds: 1 }
      }
      return { ...services, ...call }
    }
  })
  await more(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, seen, refused, url: `127.0.0.1:${(app.server.address() as AddressInfo).port}` }
}
