// What access costs: a decision among 1,000 grants, and a list of which a caller may see what has a label. For the benchmark.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { removeContainer } from './api.mjs'
import { clientOf, signIn } from './bench-gateway.mjs'
import { containers } from './bench-lists.mjs'
import { alone, beside, compare } from './bench-table.mjs'
import { root } from './setup.mjs'

const GRANTS = 1000
const CONTAINERS = 1000
const PASSWORD = 'correct horse battery user'

/** What a thousand grants may be narrowed by. @type {Record<string, (at: number) => object>} */
const SHAPES = {
  'labels and names': at => ({ labels: { team: `t${at}` }, names: [`web-${at}-*`] }),
  'names alone': at => ({ names: [`web-${at}-*`] }),
  images: at => ({ images: [`registry.example/t${at}/*`] }),
  'a label that all share, and names': at => ({ labels: { team: 'all' }, names: [`web-${at}-*`] })
}

export async function * accessRows () {
  for (const [shape, matchOf] of Object.entries(SHAPES)) {
    const { decisions, reads } = await decide(matchOf)
    yield * alone(`a decision among 1,000 grants by ${shape}`, decisions)
    yield * alone(`reading 1,000 grants by ${shape}`, reads)
  }
}

/**
 * Each decision is about a container that the last of the grants is for, or none. In which order they are looked at is worked out
 * when they have changed, before the first decision.
 * @param {(at: number) => object} matchOf
 * @returns {Promise<{ decisions: number[], reads: number[] }>} in microseconds; `reads` is what it takes to have the grants from the store
 */
async function decide (matchOf) {
  const load = async (/** @type {string} */ file) => await import(pathToFileURL(join(root, 'dist', file)).href)
  const [{ openDatabase }, { migrate }, { Policy }, { operations }] = await Promise.all(['store/database.js', 'store/migrate.js', 'auth/policy.js', 'operations.js'].map(load))
  const dataDir = mkdtempSync(join(tmpdir(), 'caisson-bench-access-'))
  const db = openDatabase({ url: 'sqlite:', dataDir })
  try {
    await migrate(db)
    const now = new Date().toISOString()
    await db.insertInto('users').values({ id: 'U', username: 'u', username_key: 'u', display_name: null, admin: 0, disabled: 0, password_hash: '', security_version: 1, created_at: now }).execute()
    for (let at = 0; at < GRANTS; at++) {
      await db.insertInto('grants').values({ id: String(at).padStart(26, '0'), user_id: 'U', group_id: null, role: 'developer', hosts: '["prod-*"]', match: JSON.stringify(matchOf(at)), created_at: now }).execute()
    }
    const policy = new Policy(db, operations)
    const actor = { id: 'U', username: 'u', admin: false, credential: { kind: 'jwt', id: '', session: '' } }
    const stop = operations.get('container.stop')
    const reads = await timed(200, async () => { await policy.of(actor) })
    const access = await policy.of(actor)
    const input = { host: 'prod-1', id: 'web' }
    const targets = [GRANTS - 1, GRANTS].map(at => ({ kind: 'container', host: 'prod-1', id: 'x', reference: 'web', name: `web-${at}-1`, image: `registry.example/t${at}/x`, labels: { team: matchOf === SHAPES['a label that all share, and names'] ? 'all' : `t${at}` } }))
    let turn = 0
    return { reads, decisions: await timed(50_000, () => access.decide(stop, input, targets[turn++ % 2])) }
  } finally {
    await db.destroy()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** @param {number} times @param {() => unknown} work */
async function timed (times, work) {
  const taken = []
  for (let time = -Math.ceil(times / 10); time < times; time++) {
    const begun = performance.now()
    await work()
    if (time >= 0) taken.push((performance.now() - begun) * 1000)
  }
  return taken
}

/**
 * A thousand containers that all have the label: what differs is what the gate does to see that.
 * @param {import('../bench.mjs').Bed} bed
 */
export async function * labelledRows ({ engine, gateway }) {
  const ids = await containers(engine, CONTAINERS, at => ({ name: `bench-label-${at}`, json: { Image: engine.image, Labels: { team: 'bench' } } }))
  await gateway('POST', '/users', { username: 'bench', password: PASSWORD })
  await gateway('POST', '/grants', { user: 'bench', role: 'viewer', hosts: ['local'], match: { labels: { team: 'bench' } } })
  const user = clientOf(await signIn('bench', PASSWORD))
  const list = async (/** @type {import('./bench-gateway.mjs').Client} */ as) => {
    const { items } = JSON.parse((await as('GET', '/hosts/local/containers?all=true&label=team%3Dbench')).text)
    if (items?.length !== CONTAINERS) throw new Error(`the list has ${items?.length} containers`)
  }
  yield * beside('a list of 1,000 by a label grant, beside an admin\'s:', await compare(20, () => list(user), () => list(gateway)))
  for (const id of ids) await removeContainer(engine, id)
}
