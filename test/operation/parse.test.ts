import t from 'tap'
import Type from 'typebox'
import { Failure, type Fault } from '../../src/lib/errors.js'
import { nothing, operation, type AnyOperation } from '../../src/operation/define.js'
import { parse } from '../../src/operation/parse.js'
import { operations } from '../../src/operations/index.js'

const closed = { additionalProperties: false } as const
const Lamp = Type.Object({
  watts: Type.Number(),
  colour: Type.Optional(Type.String({ default: 'white' })),
  socket: Type.Optional(Type.Union([Type.Object({ kind: Type.Literal('screw'), turns: Type.Optional(Type.Integer({ default: 3 })) }, closed), Type.Object({ kind: Type.Literal('pin') }, closed)]))
}, closed)

const light = operation({
  name: 'lamp.light',
  summary: 'Light lamps',
  class: 'write',
  method: 'POST',
  path: '/lamps',
  input: Type.Object({
    room: Type.String({ pattern: '^[a-z]+$', 'x-expects': 'lower-case letters' }),
    lamps: Type.Optional(Type.Array(Lamp)),
    byName: Type.Optional(Type.Record(Type.String(), Lamp)),
    lamp: Type.Optional(Lamp),
    tags: Type.Optional(Type.Array(Type.String(), { default: ['new'] })),
    labels: Type.Optional(Type.Record(Type.String(), Type.String()))
  }, closed),
  output: nothing(),
  audit: [],
  example: { room: 'hall' },
  async handler () {}
})

function refused (name: string, raw: unknown): { faults: readonly Fault[], detail: string } {
  const operation = name === 'lamp.light' ? light : operations.get(name)
  if (operation === undefined) throw new Error(`no ${name}`)
  try { parse(operation, raw) } catch (error) {
    if (error instanceof Failure && error.code === 'invalid-input') return { faults: error.errors ?? [], detail: error.detail }
    throw error
  }
  throw new Error('it was not refused')
}

const many = <T>(count: number, make: (at: number) => T) => Array.from({ length: count }, (_, at) => make(at))
const named = (count: number, value: unknown) => Object.fromEntries(many(count, at => [`n${at}`, value]))

t.test('defaults are filled in wherever they stand, and what was given stays as it was', async t => {
  const raw = { room: 'hall', lamps: [{ watts: 1 }, { watts: 2, colour: 'red' }], byName: { a: { watts: 3 } }, lamp: { watts: 4, socket: { kind: 'screw' } } }
  const before = structuredClone(raw)
  const input = parse(light, raw)
  t.strictSame(input, {
    room: 'hall',
    lamps: [{ watts: 1, colour: 'white' }, { watts: 2, colour: 'red' }],
    byName: { a: { watts: 3, colour: 'white' } },
    lamp: { watts: 4, colour: 'white', socket: { kind: 'screw', turns: 3 } },
    tags: ['new']
  })
  t.strictSame(raw, before)
  t.not(parse(light, { room: 'a' }).tags, input.tags, 'a default is no one\'s own')
  t.strictSame(parse(light, { room: 'a', lamp: { watts: 1, socket: { kind: 'pin' } } }).lamp, { watts: 1, colour: 'white', socket: { kind: 'pin' } })
})

t.test('each fault has its pointer, a name too many as well', async t => {
  const { faults, detail } = refused('lamp.light', { room: 'HALL', colour: 'red', lamps: [{ watts: 'x', 'a/b': 1 }, {}] })
  t.same(new Set(faults.map(({ path, message }) => `${path} ${message}`)), new Set([
    '/room must be lower-case letters',
    '/colour is not an input of lamp.light',
    '/lamps/0/watts must be number',
    '/lamps/0/a~1b is not an input of lamp.light',
    '/lamps/1/watts is required'
  ]))
  t.match(detail, /^the input of lamp.light does not fit: /)
  t.equal(refused('lamp.light', { room: 'hall', ...named(20, 1) }).faults.length, 20, 'and there may be more than eight')
})

t.test('of a choice, what was meant is told of, and else what there is to choose', t => {
  const told = (lamp: unknown) => refused('lamp.light', { room: 'hall', lamps: [lamp, { watts: 1, socket: { kind: 'pin', turns: 1 } }] }).faults.map(({ path, message }) => `${path} ${message}`)
  const pin = '/lamps/1/socket/turns is not an input of lamp.light'
  t.same(told({ watts: 1, socket: { kind: 'screw', turns: 'x' } }), ['/lamps/0/socket/turns must be integer', pin])
  t.same(told({ watts: 1, socket: { kind: 'bayonet' } }), ['/lamps/0/socket must be an object with kind', pin])
  t.same(told({ watts: 1, socket: 5 }), ['/lamps/0/socket must be an object with kind', pin])
  t.match(refused('container.list', { host: 5 }).faults, [{ path: '/host', message: /^must be .*or a list of texts$/ }])
  for (const operation of operations) t.notMatch(refusedAll(operation), /anyOf|schema/, operation.name)
  t.end()
})

/** What is said where each input is of a type that nothing takes. */
function refusedAll (operation: AnyOperation): string {
  const raw = Object.fromEntries(Object.keys(operation.input.properties).map(name => [name, Symbol.for('nothing')]))
  try { parse(operation, raw) } catch (error) { return error instanceof Failure ? error.detail : String(error) }
  return ''
}

t.test('no more than fifty faults are told, and ten of them in the sentence', async t => {
  for (const raw of [{ room: 'hall', ...named(300, 1) }, { room: 'hall', tags: many(300, () => 1) }, { room: 'hall', labels: named(300, 1) }, { room: 'hall', lamps: many(300, () => ({ a: 1 })) }]) {
    const { faults, detail } = refused('lamp.light', raw)
    t.equal(faults.length, 50)
    t.equal(detail.split('; ').length, 11)
    t.match(detail, /; and more$/)
  }
})

t.test('what is too large to be a real input is refused for that', async t => {
  t.match(refused('lamp.light', { room: 'hall', tags: many(10_000, () => 'x') }).faults, [{ path: '', message: 'has more than 10000 values in it' }])
  t.match(refused('lamp.light', { room: 'hall', lamps: many(4000, () => ({ watts: 1, colour: 'x' })) }).faults, [{ path: '', message: /more than 10000/ }])
  t.equal((parse(light, { room: 'hall', tags: many(9000, () => 'x') }).tags as string[]).length, 9000)
})

t.test('no text of any operation has a NUL, but what is bytes for a process', async t => {
  let seen = 0
  for (const operation of operations) {
    for (const [name, value] of Object.entries(operation.example as Readonly<Record<string, unknown>>)) {
      const isText = typeof value === 'string'
      if (name === 'stdin') continue
      if (!isText && !(Array.isArray(value) && typeof value[0] === 'string')) continue
      const raw = { ...operation.example, [name]: isText ? `${value}\0` : [`\0${String(value[0])}`] }
      t.match(refused(operation.name, raw).faults, [{ path: isText ? `/${name}` : `/${name}/0`, message: 'may not have a NUL in it' }], `${operation.name} ${name}`)
      seen++
    }
  }
  t.ok(seen > 100, `${seen} inputs`)
  t.match(refused('lamp.light', { room: 'hall', labels: { 'a\0': 'b' } }).faults, [{ path: '/labels', message: /no name with a NUL/ }])
  t.match(refused('lamp.light', { room: 'hall', tags: many(200, () => '\0') }).faults.length, 50)
  t.ok(parse(operations.get('container.exec') as Parameters<typeof parse>[0], { host: 'local', id: 'x', command: ['cat'], stdin: '\0' }))
})

/** Of five runs the fastest: what else the machine does at the time is not the question. */
function fastest (work: () => unknown): number {
  return Math.min(...many(5, () => {
    const begun = performance.now()
    work()
    return performance.now() - begun
  }))
}

t.test('a body of a megabyte does not hold the others up', async t => {
  const host = { host: 'local', image: 'x' }
  const floods: Array<[string, unknown]> = [
    ['session.login', named(110_000, 1)],
    ['container.create', { ...host, env: named(40_000, 1) }],
    ['container.create', { ...host, env: named(9000, 1) }],
    ['container.create', { ...host, command: many(200_000, () => 1) }],
    ['container.create', { ...host, command: many(200_000, () => 'x') }],
    ['container.create', { ...host, ports: many(40_000, () => ({ a: 1, b: 2 })) }],
    ['container.create', { ...host, ports: many(3000, () => ({ a: 1, b: 2 })) }],
    ['container.create', { ...host, labels: JSON.parse(`${'{"a":'.repeat(9000)}"\\u0000"${'}'.repeat(9000)}`) }]
  ]
  for (const [name, raw] of floods) {
    const took = fastest(() => refused(name, raw))
    t.ok(took < 200, `${name}: ${took.toFixed(1)} ms`)
  }
})
