import type { Test } from 'tap'
import { Compile } from 'typebox/compile'
import { fitsJob, needsLink, type AnyOperation } from '../../src/operation/define.js'
import { failuresOf } from '../../src/operation/failures.js'
import { operations } from '../../src/operations.js'
import { CHANGES_BY_READING, EXAMPLE_FAILS, PULLED, isVolatile, prepare, prepareUsers } from './examples.js'
import { privateEngine } from './engines.js'
import { ANN_PASSWORD, startGateway, type Gateway } from './gateway.js'
import { startRegistry } from './registry.js'
import { learnSchema, surfacesOf } from './surfaces.js'

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
  }
}

/** The calls that the journal has more since. */
async function recorded ({ services }: Gateway, { name: about }: AnyOperation, work: () => Promise<unknown>) {
  await services.journal.flush()
  const before = (await services.journal.list({ limit: 1 })).items[0]?.seq ?? 0
  await work()
  await services.journal.flush()
  const { items } = await services.journal.list({ limit: 100 })
  // A job is followed to its end by a call of its own.
  return items.filter(item => item.seq > before && !(item.operation === 'job.events' && item.surface === 'rest' && about !== 'job.events'))
}

const needsToken = (operation: AnyOperation) => operation.permission !== 'public'
/** Where a surface has the operation as a link, the call is a ticket and then the operation itself. */
const callsOf = (operation: AnyOperation, surface: string) => surface === 'graphql' && needsLink(operation)
  ? [{ operation: 'session.ticket', surface, input: { operation: operation.name } }, { operation: operation.name, surface: 'rest' }]
  : [{ operation: operation.name, surface: surface.split(' ')[0] }]
const needsRight = (operation: AnyOperation) => operation.permission === undefined

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
        t.match(items, [{ ...callsOf(operation, surface)[0], stage: 'denied', actor: { username: 'ann' }, decision: { effect: 'deny', rule: 'no-grant' } }])
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
      const items = await recorded(gateway, operation, async () => {
        const { code, value } = await call(admin, operation, operation.example)
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

const isDeclared = (operation: AnyOperation, code: string | undefined): boolean => failuresOf(operation).some(failure => failure.code === code)

/** What any operation refuses, made from its definition: an unknown host, a target that is not there. */
function badInputs ({ input, target, example }: AnyOperation): Array<Record<string, unknown>> {
  const bad: Array<Record<string, unknown>> = []
  if (typeof example.host === 'string') bad.push({ ...example, host: 'nowhere' }, { ...example, host: '../local' })
  if ('id' in input.properties && target === 'container') bad.push({ ...example, id: 'no-such-container' }, { ...example, id: 'a/b' }, { ...example, id: '..%2fx' })
  if ('image' in input.properties && target === 'image') bad.push({ ...example, image: 'no-such-image' }, { ...example, image: 'a/../b' })
  if (target === 'job') bad.push({ ...example, id: 'no-such-job' })
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
