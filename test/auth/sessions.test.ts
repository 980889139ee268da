import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Failure } from '../../src/errors.js'
import { PASSWORD, authBed, claimsIn, from, tokens } from './bed.js'

const MINUTES = 60_000

async function signedUp (t: Test, options = {}) {
  const it = await authBed(t, options)
  const admin = await it.users.create({ username: 'admin', password: PASSWORD, admin: true })
  return { ...it, admin, login: async (password = PASSWORD, username = 'admin') => await it.sessions.login(username, password, from) }
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
  await t.rejects(sessions.refresh(pair.refreshToken, tokens), { code: 'unauthenticated' })
  t.match(await sessions.authenticate(claimsIn(other)), { username: 'admin' }, 'other sessions go on')
  for (const forged of [{ ...claimsIn(other), sub: 'x' }, { ...claimsIn(other), sid: claims.sid }, { ...claimsIn(other), sv: 2 }]) {
    await t.rejects(sessions.authenticate(forged), { code: 'unauthenticated' })
  }
})

t.test('a refresh token is good once; using it again ends the family, newest token and access tokens too', async t => {
  const { login, sessions } = await signedUp(t)
  const one = await login()
  const two = await sessions.refresh(one.refreshToken, tokens)
  const three = await sessions.refresh(two.refreshToken, tokens)
  t.equal(claimsIn(three).sid, claimsIn(one).sid)
  await t.rejects(sessions.refresh(one.refreshToken, tokens), { code: 'unauthenticated' })
  await t.rejects(sessions.refresh(three.refreshToken, tokens), { code: 'unauthenticated' })
  await t.rejects(sessions.authenticate(claimsIn(three)), { code: 'unauthenticated' })
  for (const token of ['', 'car_', 'x'.repeat(200), `car_${'A'.repeat(43)}`]) await t.rejects(sessions.refresh(token, tokens), { code: 'unauthenticated' })
})

t.test('of twenty refreshes at once one succeeds', async t => {
  const { login, sessions } = await signedUp(t)
  const { refreshToken } = await login()
  const results = await Promise.allSettled(Array.from({ length: 20 }, async () => await sessions.refresh(refreshToken, tokens)))
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  t.ok(results.every(result => result.status === 'fulfilled' || result.reason instanceof Failure))
})

t.test('a session lasts thirty days, however often it is refreshed', async t => {
  const { login, sessions, clock, db } = await signedUp(t)
  let pair = await login()
  for (let days = 0; days < 29; days += 10) {
    clock.now += 9 * 24 * 60 * MINUTES
    pair = await sessions.refresh(pair.refreshToken, tokens)
  }
  clock.now += 4 * 24 * 60 * MINUTES
  await t.rejects(sessions.refresh(pair.refreshToken, tokens), { code: 'unauthenticated' })
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
    await t.rejects(sessions.login(username.toUpperCase(), PASSWORD, from), { code: 'rate-limited', retryAfterSeconds: 60 })
  }
  clock.now += 2 * MINUTES
  await login()
  for (let attempt = 0; attempt < 9; attempt++) await t.rejects(login('wrong'), { code: 'unauthenticated' })
  await login()
  await t.rejects(login('wrong'), { code: 'unauthenticated' }, 'a right one begins the count anew')
})

t.test('while the account is locked no password is looked at', async t => {
  const { login } = await signedUp(t)
  for (let attempt = 0; attempt < 10; attempt++) await login('wrong').catch(() => {})
  const begun = performance.now()
  for (let attempt = 0; attempt < 50; attempt++) await t.rejects(login(), { code: 'rate-limited' })
  t.ok((performance.now() - begun) / 50 < 10, 'a lock costs no hash')
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
    const logins = Array.from({ length: 40 }, async () => await sessions.login(name, PASSWORD, from).catch((error: unknown) => error))
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

t.test('more sign-ins at once than can be checked are put off', async t => {
  const { login } = await signedUp(t)
  const results = await Promise.allSettled(Array.from({ length: 110 }, async (_, index) => await login('wrong', `name${index}`)))
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
  const { login, users } = await signedUp(t, { attempts: { attempts: 1_000, lockMs: 1, unknownNames: 1_000 } })
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
  const median = (name: string) => times[name]?.sort((a, b) => a - b)[20] ?? NaN
  t.comment(`medians: known ${median('admin').toFixed(1)} ms, unknown ${median('nobody').toFixed(1)} ms, disabled ${median('off').toFixed(1)} ms`)
  // Tests share the machine: what this must find is a hash that was left out, not a few per cent.
  for (const name of ['nobody', 'off']) t.ok(Math.abs(median(name) / median('admin') - 1) < 0.3, name)
})

t.test('the store has no secret in it', async t => {
  const { login, dataDir, sessions, db } = await signedUp(t)
  const one = await login()
  const two = await sessions.refresh(one.refreshToken, tokens)
  await login('not the right password', 'typed-my-password-here').catch(() => {})
  const stored = readdirSync(dataDir).map(name => readFileSync(join(dataDir, name), 'latin1')).join('')
  for (const secret of [one.refreshToken, two.refreshToken, one.refreshToken.slice(4), PASSWORD, 'not the right password', 'typed-my-password-here']) {
    t.notOk(stored.includes(secret))
  }
  const { password_hash: hash } = await db.selectFrom('users').select('password_hash').executeTakeFirstOrThrow()
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})
