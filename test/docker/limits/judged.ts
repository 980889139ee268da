import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Test } from 'tap'
import { ask, call } from '../../../scripts/lib/api.mjs'
import { image, type TestEngine } from '../../support/engines.js'
import { limitsBed, type Inspect } from './bed.js'
import { Judge, LIMITS } from './beyond.js'
import { fragment, type There } from './spellings.js'

const CREATED = 201
/** What stands on each engine while bodies are varied: volumes by their options. */
const volumes = (root: string): Readonly<Record<string, object>> => ({
  plain: {},
  whole: { type: 'none', o: 'bind', device: '/' },
  inside: { type: 'none', o: 'bind', device: root },
  disk: { type: 'ext4', device: '/dev/sda1' },
  memory: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' }
})

export interface Judged {
  /** How many bodies came to which status. */
  readonly statuses: ReadonlyMap<number, number>
}

/** So many at once. */
const ABREAST = 4

/** Varies the body of a create: each is refused, or what the engine says it made is within the limits. @throws what is beyond */
export async function judged (t: Test, engine: TestEngine, bodies: number): Promise<Judged> {
  const { ann, allow, name } = await limitsBed(t, 'judged', engine)
  const roots = folders(t)
  const there: There = { ...roots, volumes: Object.keys(volumes('')).map(name), donor: name('donor') }
  await allow({ bindRoots: [{ path: roots.root }, { path: roots.readOnlyRoot, readOnly: true }], ...LIMITS })
  await stand(t, engine, there, name)
  const judge = await Judge.of(engine, roots, name('plain'))
  const statuses = new Map<number, number>()
  let count = 0
  const hold = async (fragments: ReadonlyArray<Readonly<Record<string, unknown>>>) => {
    const spec: Readonly<Record<string, unknown>> = Object.assign({}, ...fragments)
    const made = name(`made-${++count}`)
    const { status, body } = await ann.post('/hosts/local/containers', { image, name: made, command: ['true'], ...spec })
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    const container = await inspect(engine, made)
    const told = () => `${JSON.stringify(spec)}: ${status} ${JSON.stringify(body)}`
    try {
      if ((status === CREATED) !== (container !== undefined)) throw new Error(`it is ${container === undefined ? 'not ' : ''}there, ${told()}`)
      const more = container === undefined ? [] : await judge.beyond(container, spec)
      if (more.length > 0) throw new Error(`beyond the limits: ${more.join(', ')}, ${told()}`)
      if (status >= 500 && body.code !== 'engine-error') throw new Error(told())
    } finally { if (container !== undefined) await call(engine, 'DELETE', `/containers/${made}?force=true&v=true`) }
  }
  const some = fc.array(fc.array(fragment(there), { minLength: 1, maxLength: 3 }), { minLength: ABREAST, maxLength: ABREAST })
  await fc.assert(fc.asyncProperty(some, async bodies => { await Promise.all(bodies.map(hold)) }), { numRuns: Math.ceil(bodies / ABREAST), endOnFailure: true })
  return { statuses }
}

function folders (t: Test): { root: string, readOnlyRoot: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'caisson-limits-judged-')))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const [root, readOnlyRoot] = ['ok', 'read'].map(of => join(folder, of)) as [string, string]
  for (const of of [root, `${root}x`, readOnlyRoot]) mkdirSync(of)
  return { root, readOnlyRoot }
}

async function stand (t: Test, engine: TestEngine, { root, donor }: There, name: (of: string) => string): Promise<void> {
  for (const [of, options] of Object.entries(volumes(root))) {
    const { status } = await call(engine, 'POST', '/volumes/create', { json: { Name: name(of), Driver: 'local', DriverOpts: options } })
    if (status < 300) t.teardown(async () => { await call(engine, 'DELETE', `/volumes/${name(of)}?force=true`) })
  }
  await ask(engine, 'POST', `/containers/create?name=${donor}`, { json: { Image: image, HostConfig: { Binds: ['/etc:/etc-of-the-host'] } } })
  t.teardown(async () => { await call(engine, 'DELETE', `/containers/${donor}?force=true&v=true`) })
}

async function inspect (engine: TestEngine, name: string): Promise<Inspect | undefined> {
  const { status, text } = await call(engine, 'GET', `/containers/${name}/json`)
  return status === 404 ? undefined : JSON.parse(text) as Inspect
}
