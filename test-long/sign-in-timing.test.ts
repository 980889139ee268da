/**
 * Whether a user exists must not show in the time of a wrong password: T-37 of the threat list asks for 200 samples
 * of each, medians within 5 % and a Mann-Whitney test that sees no difference (p > 0.01).
 */
import t from 'tap'
import { ANN_PASSWORD, startGateway } from '../test/support/gateway.js'
import { mannWhitney, median } from '../test/support/statistics.js'

/** Fewer than lock an account; the first of each name is not counted. */
const TRIES = 8
/** With seven tries each, just over 200 samples. */
const NAMES = 29

// From an address of its own for each name: so many from one would not be looked at.
const { nobody, services } = await startGateway(t, { environment: { CAISSON_TRUST_PROXY: '127.0.0.1' } })
const names = Array.from({ length: NAMES }, (_, nth) => `user-${nth}`)
for (const username of names) await services.users.create({ username: `known-${username}`, password: ANN_PASSWORD })

async function timed (username: string): Promise<number> {
  const from = { 'x-forwarded-for': `10.0.0.${names.findIndex(name => username.endsWith(`-${name}`))}` }
  const begun = performance.now()
  const { status } = await nobody.post('/auth/login', { username, password: 'not the password' }, from)
  const took = performance.now() - begun
  if (status !== 401) throw new Error(`${username}: ${status}`)
  return took
}

t.test('a wrong password takes its time, whether or not the user exists', async t => {
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
  for (const username of names) await Promise.all([timed(`known-${username}`), timed(`unknown-${username}`)])
  for (let round = 1; round < TRIES; round++) {
    for (const username of names) {
      // Side by side and in changing order, so that whatever else the machine does falls on both alike.
      const kinds = Math.random() < 0.5 ? ['known', 'unknown'] as const : ['unknown', 'known'] as const
      for (const kind of kinds) times[kind].push(await timed(`${kind}-${username}`))
    }
  }
  const ratio = median(times.unknown) / median(times.known)
  const p = mannWhitney(times.known, times.unknown)
  t.comment(`medians: known ${median(times.known).toFixed(2)} ms, unknown ${median(times.unknown).toFixed(2)} ms, ratio ${ratio.toFixed(3)}, p ${p.toFixed(3)}`)
  t.ok(Math.abs(ratio - 1) < 0.05, `medians differ by ${((ratio - 1) * 100).toFixed(1)} %`)
  t.ok(p > 0.01, `p is ${p.toFixed(4)}`)
})
