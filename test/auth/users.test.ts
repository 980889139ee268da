import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { sign, verify } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { ensureFirstAdmin } from '../../src/auth/sessions/first-admin.js'
import { loadSigningKeys } from '../../src/auth/sessions/keys.js'
import { accessTargets } from '../../src/auth/targets.js'
import { tempDir } from '../audit/bed.js'
import { PASSWORD, authBed, claimsIn, refreshed, signIn } from './bed.js'

t.test('users are made, found, changed and removed', async t => {
  const { users } = await authBed(t)
  const admin = await users.create({ username: 'Root', password: PASSWORD, admin: true })
  const ann = await users.create({ username: 'ann', password: PASSWORD, displayName: 'Ann' })
  t.match(ann, { username: 'ann', displayName: 'Ann', admin: false, disabled: false, groups: [], createdAt: /^\d{4}-.*Z$/ })
  t.notOk('displayName' in admin)
  t.same(await users.get(ann.id), ann)
  t.same(await users.byUsername('ANN'), ann)
  t.equal(await users.get('nobody'), undefined)
  t.match(await users.update(ann.id, { displayName: 'Anna', admin: true }), { displayName: 'Anna', admin: true })
  t.notOk('displayName' in await users.update(ann.id, { displayName: '' }))
  t.same(await users.update(ann.id, {}), await users.get(ann.id))
  await users.remove(ann.id)
  await t.rejects(users.remove(ann.id), { code: 'not-found' })
  await t.rejects(users.update(ann.id, { admin: true }), { code: 'not-found' })
})

t.test('usernames are unique in any case, and are usernames', async t => {
  const { users } = await authBed(t)
  const both = await Promise.allSettled([users.create({ username: 'ann', password: PASSWORD }), users.create({ username: 'ANN', password: PASSWORD })])
  t.same(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  await t.rejects(users.create({ username: 'Ann', password: PASSWORD }), { code: 'conflict' })
  for (const username of ['', '.ann', 'an n', 'ann\n', 'ünn', 'a'.repeat(65), '-rf']) {
    await t.rejects(users.create({ username, password: PASSWORD }), { code: 'invalid-input' }, JSON.stringify(username))
  }
})

t.test('a list goes page by page', async t => {
  const { users } = await authBed(t)
  for (const username of ['d', 'B', 'a', 'C', 'e']) await users.create({ username, password: PASSWORD })
  const first = await users.list({ limit: 2 })
  const second = await users.list({ limit: 2, cursor: first.nextCursor })
  const third = await users.list({ limit: 2, cursor: second.nextCursor })
  t.same([first, second, third].map(({ items }) => items.map(({ username }) => username)), [['a', 'B'], ['C', 'd'], ['e']])
  t.equal(third.nextCursor, undefined)
  t.equal((await users.list({ limit: 5 })).nextCursor, undefined)
  await t.rejects(users.list({ limit: 1, cursor: '!' }), { code: 'invalid-input' })
})

t.test('the last admin who can sign in stays', async t => {
  const { users } = await authBed(t)
  const root = await users.create({ username: 'root', password: PASSWORD, admin: true })
  await users.create({ username: 'off', password: PASSWORD, admin: true, disabled: true })
  for (const attempt of [async () => { await users.update(root.id, { admin: false }) }, async () => { await users.update(root.id, { disabled: true }) }, async () => { await users.remove(root.id) }]) {
    await t.rejects(attempt(), { code: 'conflict', status: 409 })
  }
  const other = await users.create({ username: 'other', password: PASSWORD, admin: true })
  const results = await Promise.allSettled([users.remove(root.id), users.update(other.id, { admin: false })])
  t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'two at once do not take the last two')
})

t.test('disabling, a new password and removal end the sessions, for good', async t => {
  const { users, sessions } = await authBed(t)
  await users.create({ username: 'root', password: PASSWORD, admin: true })
  const ended = async (change: (id: string) => Promise<unknown>, name: string) => {
    const { id } = await users.create({ username: name, password: PASSWORD })
    const pair = await signIn(sessions, name, PASSWORD)
    t.match(await sessions.authenticate(claimsIn(pair)), { id, username: name, admin: false })
    await change(id)
    await t.rejects(sessions.authenticate(claimsIn(pair)), { code: 'unauthenticated' }, name)
    await t.rejects(refreshed(sessions, pair.refreshToken), { code: 'unauthenticated' }, name)
  }
  await ended(async id => { await users.update(id, { disabled: true }); await users.update(id, { disabled: false }) }, 'disabled')
  await ended(async id => await users.update(id, { password: 'another long password' }), 'password')
  await ended(async id => { await users.remove(id) }, 'removed')
  await t.rejects(signIn(sessions, 'password', PASSWORD), { code: 'unauthenticated' })
  await signIn(sessions, 'password', 'another long password')
})

t.test('a new right is there at once', async t => {
  const { users, sessions } = await authBed(t)
  const { id } = await users.create({ username: 'ann', password: PASSWORD })
  const claims = claimsIn(await signIn(sessions, 'ann', PASSWORD))
  await users.update(id, { admin: true })
  t.match(await sessions.authenticate(claims), { admin: true })
})

const ALL = { knows: () => true, isComplete: true }

t.test('a target is found by id or username', async t => {
  const { users } = await authBed(t)
  const ann = await users.create({ username: 'ann', password: PASSWORD })
  const target = accessTargets({ users } as Parameters<typeof accessTargets>[0]).user
  t.equal(target.field, 'user')
  for (const reference of [ann.id, 'ann', 'Ann']) t.match(await target.resolve(reference, {}, ALL), { kind: 'user', id: ann.id, name: 'ann', reference })
  await t.rejects(target.resolve('nobody', {}, ALL), { code: 'not-found', detail: 'no such user: nobody' })
})

t.test('the first admin: once, with a password that is generated or from the settings', async t => {
  const { users, sessions, dataDir } = await authBed(t)
  await t.rejects(ensureFirstAdmin(users, { dataDir, password: 'short' }), /^(?!.*short).*CAISSON_ADMIN_PASSWORD has 5 characters: it takes 12 to 1024/)
  const { created, passwordFile } = await ensureFirstAdmin(users, { dataDir })
  t.ok(created)
  t.equal(passwordFile, join(dataDir, 'initial-admin-password'))
  t.equal(statSync(passwordFile ?? '').mode & 0o777, 0o600)
  const password = readFileSync(passwordFile ?? '', 'utf8').trim()
  t.ok(password.length >= 24)
  t.match(await signIn(sessions, 'admin', password), { tokenType: 'Bearer' })
  t.same(await ensureFirstAdmin(users, { dataDir, password: 'a different password' }), { created: false })

  const second = await authBed(t)
  t.same(await ensureFirstAdmin(second.users, { dataDir: second.dataDir, password: PASSWORD }), { created: true, passwordFile: undefined })
  t.match(await second.users.byUsername('admin'), { admin: true })
  t.notOk(readdirSync(second.dataDir).includes('initial-admin-password'))
})

t.test('the keys are made once, kept private, and refused when they are not', async t => {
  const dataDir = join(tempDir(t), 'data')
  const keys = loadSigningKeys(dataDir)
  t.match(keys.id, /^[\w-]{43}$/)
  t.ok(verify(null, Buffer.from('x'), keys.publicKey, sign(null, Buffer.from('x'), keys.privateKey)))
  t.same(loadSigningKeys(dataDir), keys)
  t.equal(statSync(dataDir).mode & 0o777, 0o700)
  t.same(readdirSync(dataDir), ['token-key.pem'])
  const file = join(dataDir, 'token-key.pem')
  t.equal(statSync(file).mode & 0o777, 0o600)
  chmodSync(file, 0o640)
  t.throws(() => loadSigningKeys(dataDir), /token-key\.pem: others may use this key \(mode 0640\)/)
  chmodSync(file, 0o600)
  writeFileSync(file, 'SECRET nonsense')
  t.throws(() => loadSigningKeys(dataDir), /^(?!.*SECRET).*not a readable Ed25519 private key/)
})
