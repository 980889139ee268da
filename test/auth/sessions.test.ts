import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Failure } from '../../src/lib/errors.js'
import { PASSWORD, authBed, claimsIn, refreshed, signIn } from './bed.js'

const MINUTES = 60_000

async function signedUp (t: Test, options = {}) {
  const it = await authBed(t, options)
  const admin = await it.users.create({ username: 'admin', password: PASSWORD, admin: true })
  return { ...it, admin, login: async (password = PASSWORD, username = 'admin') => await signIn(it.sessions, username, password) }
}

t.test('signing in, calling, signing out', async t => {
  const { login, sessions, admin } = await signedUp(t)
  const pair = await login()
  t.match(pair, { tokenType: 'Bearer', expiresIn: 900, refreshToken: /^car_[\w-]{43}$/ })
  const claims = claimsIn(pair)
  const actor = await sessions.authenticate(claims)
  t.same(actor, { id: admin.id, username: 'admin', admin: true, credential: { kind: 'jwt', id: claims.jti, session: claims.sid } })
  const other = await login(PASSWORD, 'ADMIN')
  await sessions.logout(actor)
  await t.rejects(sessions.authenticate(claims), { code: 'unauthenticated' })
  await t.rejects(refreshed(sessions, pair.refreshToken), { code: 'unauthenticated' })
  t.match(await sessions.authenticate(claimsIn(other)), { username: 'admin' }, 'other sessions go on')
  for (const forged of [{ ...claimsIn(other), sub: 'x' }, { ...claimsIn(other), sid: claims.sid }, { ...claimsIn(other), sv: 2 }]) {
    await t.rejects(sessions.authenticate(forged), { code: 'unauthenticated' })
  }
})

t.test('a refresh token is good once; using it again ends the family, newest token and access tokens too', async t => {
  const { login, sessions } = await signedUp(t)
  const one = await login()
  const two = await refreshed(sessions, one.refreshToken)
  const three = await refreshed(sessions, two.refreshToken)
  t.equal(claimsIn(three).sid, claimsIn(one).sid)
  await t.rejects(refreshed(sessions, one.refreshToken), { code: 'unauthenticated' })
  await t.rejects(refreshed(sessions, three.refreshToken), { code: 'unauthenticated' })
  await t.rejects(sessions.authenticate(claimsIn(three)), { code: 'unauthenticated' })
  for (const token of ['', 'car_', 'x'.repeat(200), `car_${'A'.repeat(43)}`]) await t.rejects(refreshed(sessions, token), { code: 'unauthenticated' })
})

t.test('of twenty refreshes at once one succeeds', async t => {
  const { login, sessions } = await signedUp(t)
  const { refreshToken } = await login()
  const results = await Promise.allSettled(Array.from({ length: 20 }, async () => await refreshed(sessions, refreshToken)))
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  t.ok(results.every(result => result.status === 'fulfilled' || result.reason instanceof Failure))
})

t.test('a session lasts thirty days, however often it is refreshed', async t => {
  const { login, sessions, clock, db } = await signedUp(t)
  let pair = await login()
  for (let days = 0; days < 29; days += 10) {
    clock.now += 9 * 24 * 60 * MINUTES
    pair = await refreshed(sessions, pair.refreshToken)
  }
  clock.now += 4 * 24 * 60 * MINUTES
  await t.rejects(refreshed(sessions, pair.refreshToken), { code: 'unauthenticated' })
  await t.rejects(sessions.authenticate(claimsIn(pair)), { code: 'unauthenticated' })
  await login()
  t.equal((await db.selectFrom('refresh_tokens').selectAll().execute()).length, 1, 'what is past its time is gone from the store')
})

t.test('ten wrong passwords lock the account, for a while, over a restart too, and unknown names alike', async t => {
  const { clock, reopen, login } = await signedUp(t)
  for (const username of ['admin', 'nobody']) {
    for (let attempt = 0; attempt < 10; attempt++) await t.rejects(login('wrong', username), { code: 'unauthenticated', detail: 'the username or the password is wrong' })
    const { sessions } = reopen()
    clock.now += 14 * MINUTES
    await t.rejects(signIn(sessions, username.toUpperCase(), PASSWORD), { code: 'rate-limited', retryAfterSeconds: 60 })
  }
  clock.now += 2 * MINUTES
  await login()
  for (let attempt = 0; attempt < 9; attempt++) await t.rejects(login('wrong'), { code: 'unauthenticated' })
  await login()
  await t.rejects(login('wrong'), { code: 'unauthenticated' }, 'a right one begins the count anew')
})

t.test('while the account is locked no password is looked at', async t => {
  const { login } = await signedUp(t)
  const each = async (count: number, password: string, code: string) => {
    const begun = performance.now()
    for (let attempt = 0; attempt < count; attempt++) await t.rejects(login(password), { code })
    return (performance.now() - begun) / count
  }
  const hashed = await each(10, 'wrong', 'unauthenticated')
  const locked = await each(50, PASSWORD, 'rate-limited')
  t.ok(locked < hashed / 2, `a lock costs no hash: ${locked.toFixed(1)} ms, ${hashed.toFixed(1)} ms with one`)
})

t.test('wrong guesses at once all count: no more than ten are tried', async t => {
  const { login } = await signedUp(t)
  const guesses = await Promise.allSettled(Array.from({ length: 40 }, async () => await login('wrong')))
  const codes = guesses.map(guess => guess.status === 'rejected' && guess.reason instanceof Failure ? guess.reason.code : guess.status)
  t.equal(codes.filter(code => code === 'unauthenticated').length, 10)
  t.equal(codes.filter(code => code === 'rate-limited').length, 30)
})

t.test('many right passwords at once are not taken for wrong ones', async t => {
  const { login, sessions } = await signedUp(t)
  const pairs = await Promise.all(Array.from({ length: 30 }, async () => await login()))
  t.equal(new Set(pairs.map(pair => claimsIn(pair).sid)).size, 30)
  t.match(await sessions.authenticate(claimsIn(pairs[0] ?? { accessToken: '{}' })), { username: 'admin' })
})

t.test('a sign-in that was under way when the password changed, or the user was shut out or removed, begins no session', async t => {
  const { users, sessions, db } = await signedUp(t)
  const refusedBy = async (name: string, change: (id: string) => Promise<unknown>) => {
    const { id } = await users.create({ username: name, password: PASSWORD })
    const before = new Date().toISOString()
    const logins = Array.from({ length: 40 }, async () => await signIn(sessions, name, PASSWORD, { address: name }).catch((error: unknown) => error))
    await logins[0]
    await change(id)
    const failures = (await Promise.all(logins)).filter(result => result instanceof Error)
    t.ok(failures.length > 0, `${name}: ${failures.length} of 40 were still under way`)
    // Who waited longest has had ten wrong passwords before him.
    for (const failure of failures) t.match(failure, { code: /^(unauthenticated|rate-limited)$/, detail: /wrong/ })
    const alive = await db.selectFrom('session_families').select('id').where('user_id', '=', id).where('ended_at', 'is', null).where('created_at', '>=', before).execute()
    t.same(alive, [], `${name}: none of their sessions lives`)
  }
  await refusedBy('password', async id => await users.update(id, { password: 'another long password' }))
  await refusedBy('disabled', async id => { await users.update(id, { disabled: true }) })
  await refusedBy('removed', async id => { await users.remove(id) })
})

t.test('sixty sign-ins from one address that fail within a minute are the last that are looked at', async t => {
  const { sessions, clock, login, db } = await signedUp(t, { attempts: { attempts: 100, lockMs: MINUTES, unknownNames: 100 } })
  const wrong = async (address: string, nth: number) => { await signIn(sessions, `name${nth % 20}`, 'wrong', { address }) }
  await login()
  for (let nth = 0; nth < 60; nth++) {
    clock.now += 500
    await t.rejects(wrong('10.0.0.9', nth), { code: 'unauthenticated' })
  }
  const before = await db.selectFrom('login_failures').selectAll().execute()
  for (let nth = 0; nth < 20; nth++) await t.rejects(login(), { code: 'rate-limited', retryAfterSeconds: 31 })
  t.same(await db.selectFrom('login_failures').selectAll().execute(), before, 'nothing is looked at, nor counted')
  t.ok(await signIn(sessions, 'admin', PASSWORD, { address: '10.0.0.10' }), 'another address goes on')
  clock.now += 31_000
  await login()
  for (let nth = 0; nth < 70; nth++) await login()
  t.pass('what succeeds is not counted')
})

t.test('who has one IPv6 address has its whole network', async t => {
  const { sessions } = await signedUp(t, { addresses: { attempts: 2, windowMs: MINUTES, addresses: 2 } })
  const wrong = async (address: string) => await signIn(sessions, 'nobody', 'wrong', { address }).then(() => 'ok', (error: unknown) => error instanceof Failure ? error.code : 'other')
  t.same([await wrong('2001:db8::1'), await wrong('2001:db8:0:0:ffff::2'), await wrong('2001:db8:0:0::3')], ['unauthenticated', 'unauthenticated', 'rate-limited'])
  t.same([await wrong('2001:db8:0:1::1'), await wrong('::1')], ['unauthenticated', 'unauthenticated'])
  t.equal(await wrong('2001:db8::4'), 'unauthenticated', 'only so many addresses are remembered')
})

t.test('more sign-ins at once than can be checked are put off', async t => {
  const { sessions } = await signedUp(t)
  const results = await Promise.allSettled(Array.from({ length: 110 }, async (_, index) => await signIn(sessions, `name${index}`, 'wrong', { address: `10.0.0.${index}` })))
  t.equal(results.filter(result => result.status === 'rejected' && result.reason instanceof Failure && result.reason.code === 'overloaded').length, 10)
})

t.test('the count of unknown names is bounded, that of users is never evicted', async t => {
  const { login, db, clock } = await signedUp(t, { attempts: { attempts: 10, lockMs: 15 * MINUTES, unknownNames: 20 } })
  await login('wrong').catch(() => {})
  for (let index = 0; index < 50; index++) {
    clock.now += 1_000
    await login('wrong', `name${index}`).catch(() => {})
  }
  const rows = await db.selectFrom('login_failures').select('known').execute()
  t.ok(rows.length <= 24, `${rows.length} rows`)
  t.equal(rows.filter(({ known }) => known === 1).length, 1)
})

t.test('an unknown user, a wrong password and a disabled user take the same time and words', async t => {
  const { login, users } = await signedUp(t, { attempts: { attempts: 1_000, lockMs: 1, unknownNames: 1_000 }, addresses: { attempts: 1_000, windowMs: 1, addresses: 1 } })
  await users.create({ username: 'off', password: PASSWORD, disabled: true })
  const timed = async (username: string, password: string) => {
    const begun = performance.now()
    const failure: unknown = await login(password, username).catch((error: unknown) => error)
    t.match(failure, { code: 'unauthenticated', detail: 'the username or the password is wrong' })
    return performance.now() - begun
  }
  const times: Record<string, number[]> = { admin: [], nobody: [], off: [] }
  for (let round = 0; round < 40; round++) {
    for (const name of Object.keys(times)) times[name]?.push(await timed(name, name === 'off' ? PASSWORD : 'wrong password'))
  }
  // Tests share the machine: the quicker ones are compared, and what this must find is a hash that was left out.
  const quick = (name: string) => times[name]?.sort((a, b) => a - b)[8] ?? NaN
  t.comment(`known ${quick('admin').toFixed(1)} ms, unknown ${quick('nobody').toFixed(1)} ms, disabled ${quick('off').toFixed(1)} ms`)
  for (const name of ['nobody', 'off']) t.ok(Math.abs(quick(name) / quick('admin') - 1) < 0.3, name)
})

t.test('the store has no secret in it', async t => {
  const { login, dataDir, sessions, db } = await signedUp(t)
  const one = await login()
  const two = await refreshed(sessions, one.refreshToken)
  await login('not the right password', 'typed-my-password-here').catch(() => {})
  const stored = readdirSync(dataDir).map(name => readFileSync(join(dataDir, name), 'latin1')).join('')
  for (const secret of [one.refreshToken, two.refreshToken, one.refreshToken.slice(4), PASSWORD, 'not the right password', 'typed-my-password-here']) {
    t.notOk(stored.includes(secret))
  }
  const { password_hash: hash } = await db.selectFrom('users').select('password_hash').executeTakeFirstOrThrow()
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})
