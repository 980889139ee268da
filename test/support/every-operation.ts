import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { Compile } from 'typebox/compile'
import { KEY, fitsJob, needsLink, takesKey, type AnyOperation } from '../../src/operation/define.js'
import { failuresOf } from '../../src/operation/failures.js'
import { offeredOn } from '../../src/operation/registry.js'
import { operations } from '../../src/operations/index.js'
import { CHANGES_BY_READING, EXAMPLE_FAILS, PULLED, exampleOf, isVolatile, prepare, prepareUsers } from './examples.js'
import { privateEngine } from './engines.js'
import { ANN_PASSWORD, startGateway, type Gateway } from './gateway.js'
import { startRegistry } from './registry.js'
import { endOfJob, learnSchema, sendRest, surfacesOf } from './surfaces.js'

type TestEngine = Awaited<ReturnType<typeof privateEngine>>
interface Bed { readonly engine: TestEngine, readonly gateway: Gateway }

/** While one is being written: only operations whose names begin with one of these, separated by commas. */
const ONLY = process.env.CAISSON_TEST_ONLY?.split(',') ?? ['']

/**
 * Derived from the registry: every operation of these, with its example, on every surface. A new operation is covered
 * without a change here; its exceptions (`self`, `public`, REST only) are read from its definition.
 */
export async function testOperations (t: Test, isOurs: (operation: AnyOperation) => boolean): Promise<void> {
  const engine = await privateEngine(t)
  const gateway = await startGateway(t, { engines: [engine, engine] })
  await startRegistry(t, engine, [PULLED])
  await learnSchema(gateway.admin)
  for (const operation of operations) {
    if (!isOurs(operation) || !ONLY.some(name => operation.name.startsWith(name))) continue
    testRefusals(t, operation, gateway)
    testExample(t, operation, { engine, gateway })
    testBadInputs(t, operation, gateway)
    testHostileIds(t, operation, gateway)
    // A channel answers what is no WebSocket with 426, whatever its headers.
    if (operation.class !== 'read' && operation.output.shape !== 'channel' && offeredOn(operation, 'rest')) testKey(t, operation, { engine, gateway })
  }
}

/** The calls that the journal has more since. */
async function recorded ({ services }: Gateway, { name: about }: AnyOperation, work: () => Promise<unknown>) {
  await services.journal.flush()
  const before = (await services.journal.list({ limit: 1 })).items[0]?.seq ?? 0
  await work()
  await services.journal.flush()
  const { items } = await services.journal.list({ limit: 100 })
  // A job is followed to its end by a call of its own, and what runs in a terminal is attached to.
  const isBeside = ({ operation }: { operation: string | null }) => ['job.events', 'exec.attach'].includes(operation ?? '') && operation !== about
  return items.filter(item => item.seq > before && !isBeside(item))
}

const needsToken = (operation: AnyOperation) => operation.permission !== 'public'
/** Where a surface has the operation as a link, the call is a ticket and then the operation itself. */
const callsOf = (operation: AnyOperation, surface: string) => surface === 'graphql' && needsLink(operation)
  ? [{ operation: 'session.ticket', surface, input: { operation: operation.name } }, { operation: operation.name, surface: operation.output.shape === 'channel' ? 'ws' : 'rest' }]
  : [{ operation: operation.name, surface: surface.split(' ')[0] }]
const needsRight = ({ permission }: AnyOperation) => permission === undefined || permission === 'admin'

function testRefusals (t: Test, operation: AnyOperation, gateway: Gateway): void {
  for (const [surface, call] of Object.entries(surfacesOf(operation))) {
    if (needsToken(operation)) {
      t.test(`${operation.name} over ${surface}: nobody without a token`, async t => {
        const items = await recorded(gateway, operation, async () => {
          const { code } = await call(gateway.nobody, operation, operation.example)
          t.equal(code, 'unauthenticated')
        })
        t.equal(items.length, 1, 'exactly one item in the journal')
        t.match(items, [{ stage: 'denied', actor: null, input: {}, outcome: { code: 'unauthenticated' } }])
      })
    }
    if (needsRight(operation)) {
      t.test(`${operation.name} over ${surface}: nobody without a right, and the engine hears nothing`, async t => {
        await prepareUsers(gateway)
        const ann = await gateway.nobody.signIn('ann', ANN_PASSWORD)
        gateway.spies.local.reset()
        const items = await recorded(gateway, operation, async () => {
          const { code } = await call(ann, operation, operation.example)
          t.ok(['forbidden', 'not-found'].includes(code), code)
          t.ok(isDeclared(operation, code), `${code} is in the documents`)
        })
        t.equal(gateway.spies.local.bytes, 0, 'the engine heard nothing')
        t.equal(items.length, 1, 'exactly one item in the journal')
        t.match(items, [{ ...callsOf(operation, surface)[0], stage: 'denied', actor: { username: 'ann' }, decision: { effect: 'deny', rule: operation.permission === 'admin' ? 'admin-only' : 'no-grant' } }])
      })
    }
  }
}

function testExample (t: Test, operation: AnyOperation, { engine, gateway }: Bed): void {
  t.test(`${operation.name}: its example, alike on every surface`, async t => {
    const values = new Map<string, unknown>()
    await prepare(engine, gateway)
    for (const [surface, call] of Object.entries(surfacesOf(operation))) {
      if (operation.class !== 'read') await prepare(engine, gateway)
      const admin = operation.name === 'session.logout' ? await gateway.nobody.signIn('admin', 'correct horse battery staple') : gateway.admin
      const example = await exampleOf(operation, gateway)
      const items = await recorded(gateway, operation, async () => {
        const { code, value } = await call(admin, operation, example)
        if (operation.name in EXAMPLE_FAILS) {
          t.not(code, 'ok', String(EXAMPLE_FAILS[operation.name]))
          t.ok(isDeclared(operation, code), `${code} is in the documents`)
          return
        }
        t.equal(code, 'ok', surface)
        t.ok(fitsSchema(operation, value), `${surface}: the answer is what the definition says`)
        // What is told on the way is never quite the same twice; what it comes to is.
        values.set(surface, steady(operation, fitsJob(operation) && Array.isArray(value) ? value.slice(-1) : value))
      })
      const calls = callsOf(operation, surface)
      t.equal(items.length, calls.length, `${surface}: exactly one item in the journal for each call`)
      t.match(items.reverse(), calls)
    }
    const [first, ...others] = [...values.values()]
    if (operation.name in CHANGES_BY_READING) return
    for (const other of others) t.same(other, first, 'the same value')
  })
}

function testBadInputs (t: Test, operation: AnyOperation, gateway: Gateway): void {
  t.test(`${operation.name}: the same refusal on every surface`, async t => {
    for (const input of badInputs(operation)) {
      const codes = await Promise.all(Object.values(surfacesOf(operation)).map(async call => (await call(gateway.admin, operation, input)).code))
      t.equal(new Set(codes).size, 1, `${JSON.stringify(input).slice(0, 80)}: ${codes.join(', ')}`)
      t.not(codes[0], 'ok')
      t.ok(isDeclared(operation, codes[0]), `${codes[0]} is in the documents`)
    }
  })
}

function testKey (t: Test, operation: AnyOperation, { engine, gateway }: Bed): void {
  const { name } = operation
  const { admin, spies: { local: spy } } = gateway
  const headers = { 'idempotency-key': randomUUID(), ...fitsJob(operation) ? { prefer: 'respond-async' } : {} }
  if (!takesKey(operation)) {
    t.test(`${name} takes no key`, async t => {
      spy.reset()
      t.match(await sendRest(admin, operation, operation.example, headers), { status: 400, body: { code: 'invalid-input', detail: `${name} takes no Idempotency-Key` } })
      t.equal(spy.bytes, 0)
    })
    return
  }
  t.test(`${name}: under a key it is done once, and answered again`, async t => {
    await prepare(engine, gateway)
    const example = await exampleOf(operation, gateway)
    const first = await sendRest(admin, operation, example, headers)
    t.ok(first.status < 300, String(first.status))
    if (fitsJob(operation)) await endOfJob(admin, first.body)
    spy.reset()
    // A link takes the key where it leads, as REST does.
    const surfaces = offeredOn(operation, 'graphql') && !needsLink(operation) ? ['rest', 'graphql'] : ['rest']
    const items = await recorded(gateway, operation, async () => {
      const again = await sendRest(admin, operation, example, headers)
      t.equal(again.status, first.status)
      t.equal(again.headers.get('location'), first.headers.get('location'))
      t.same(fitsJob(operation) ? again.body.id : again.text, fitsJob(operation) ? first.body.id : first.text)
      if (surfaces.includes('graphql')) t.equal((await surfacesOf(operation).graphql?.(admin, operation, { ...example, [KEY]: headers['idempotency-key'] }))?.code, 'ok')
    })
    t.match(items.reverse(), surfaces.map(surface => ({ operation: name, surface, outcome: { code: null, repeatOf: String } })))
    t.equal(items.length, surfaces.length)
    t.match(await sendRest(admin, operation, otherThan(example), headers), { status: 409, body: { code: 'conflict', detail: /other inputs/ } })
    t.equal(spy.bytes, 0, 'the engine heard nothing of all that')
  })
}

/** Inputs that fit as well, and are others. */
function otherThan (input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (input.host === 'local') return { ...input, host: 'other' }
  const [name, text] = Object.entries(input).find(([, value]) => typeof value === 'string') ?? []
  if (name === undefined) throw new Error('there is no text among the inputs to make another of')
  return { ...input, [name]: `${String(text)}x` }
}

const isDeclared = (operation: AnyOperation, code: string | undefined): boolean => failuresOf(operation).some(failure => failure.code === code)

/** What would be another address in the engine's paths, or nothing that has a name. */
const HOSTILE = ['a/../b', '../x', 'a?force=true', 'a%2fb', '%2e%2e', 'a%00', 'a#b', 'a\\b', 'a b', '-a', 'ä']
/** A client cleans these away before it asks over HTTP. */
const DOTS = ['..', '.']

function testHostileIds (t: Test, operation: AnyOperation, gateway: Gateway): void {
  const { target, input } = operation
  if (target === undefined || target === 'host' || !('host' in input.properties)) return
  const { field } = gateway.services.targets[target]
  t.test(`${operation.name}: an id that is none reaches no engine`, async t => {
    gateway.spies.local.reset()
    for (const [surface, call] of Object.entries(surfacesOf(operation))) {
      for (const id of surface === 'graphql' ? [...HOSTILE, ...DOTS] : HOSTILE) {
        const { code } = await call(gateway.admin, operation, { ...operation.example, [field]: id })
        t.equal(code, 'invalid-input', `${surface}: ${id}`)
      }
    }
    t.equal(gateway.spies.local.bytes, 0, 'the engine heard nothing')
  })
}

/** What any operation refuses, made from its definition: an unknown host, a target that is not there. */
function badInputs ({ input, target, example }: AnyOperation): Array<Record<string, unknown>> {
  const bad: Array<Record<string, unknown>> = []
  if (typeof example.host === 'string') bad.push({ ...example, host: 'nowhere' }, { ...example, host: '../local' })
  if ('id' in input.properties && target === 'container') bad.push({ ...example, id: 'no-such-container' }, { ...example, id: 'a/b' }, { ...example, id: '..%2fx' })
  if ('image' in input.properties && target === 'image') bad.push({ ...example, image: 'no-such-image' }, { ...example, image: 'a/../b' })
  if (target === 'exec') bad.push(example, { ...example, exec: 'no-such-exec' })
  if (target === 'network') bad.push({ ...example, network: 'no-such-network' }, { ...example, network: 'a/b' }, { ...example, network: '..%2fx' })
  if (target === 'volume') bad.push({ ...example, volume: 'no-such-volume' }, { ...example, volume: 'a/b' }, { ...example, volume: '..%2fx' })
  if (target === 'job') bad.push({ ...example, id: 'no-such-job' })
  if (target === 'group') bad.push({ ...example, group: 'no-such-group' })
  if (target === 'role') bad.push({ ...example, role: 'no-such-role' })
  if (target === 'grant') bad.push({ ...example, grant: 'no-such-grant' })
  if (target === 'token') bad.push({ ...example, token: 'no-such-token' })
  if (target === 'user') bad.push({ ...example, user: 'no-such-user' })
  return bad
}

function fitsSchema ({ output }: AnyOperation, value: unknown): boolean {
  if (output.shape === 'value') return Compile(output.schema).Check(value)
  if (output.shape === 'events') return Array.isArray(value) && value.length > 0 && value.every(item => Compile(output.schema).Check(item))
  if (output.shape === 'bytes') {
    const { contentType, bytes } = value as { contentType: string, bytes: number }
    return contentType === output.contentType && bytes > 0
  }
  return value === true
}

/** Without what differs from call to call. */
function steady (operation: AnyOperation, value: unknown): unknown {
  if (Array.isArray(value)) return value.map(item => steady(operation, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, isVolatile(operation, key) ? typeof item : steady(operation, item)]))
}
