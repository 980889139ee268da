import { createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { once } from 'node:events'
import t from 'tap'
import type { JournalLine } from '../../src/audit/journal.js'
import { openDatabase } from '../../src/store/database.js'
import type { JournalSchema } from '../../src/store/schema.js'
import { journalLocation } from '../../src/store/sqlite.js'
import { certificateIn } from '../support/certificate.js'
import { image } from '../support/engines.js'
import { ADMIN_PASSWORD, startGateway } from '../support/gateway.js'

t.test('tokens rotate, a replay ends the session, and signing out ends it at once', async t => {
  const { nobody } = await startGateway(t)
  const { body: first } = await nobody.post('/auth/login', { username: 'admin', password: ADMIN_PASSWORD })
  t.match(first, { tokenType: 'Bearer', expiresIn: 900, accessToken: String, refreshToken: String })
  const { status, body: second } = await nobody.post('/auth/refresh', { refreshToken: first.refreshToken })
  t.equal(status, 200)
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  t.equal((await nobody.get('/auth/me', bearer(second.accessToken))).status, 200)
  t.match(await nobody.post('/auth/refresh', { refreshToken: first.refreshToken }), { status: 401, body: { code: 'unauthenticated' } })
  t.equal((await nobody.post('/auth/refresh', { refreshToken: second.refreshToken })).status, 401, 'the newest is dead as well')
  t.equal((await nobody.get('/auth/me', bearer(second.accessToken))).status, 401)

  const again = await nobody.signIn('admin', ADMIN_PASSWORD)
  t.equal((await again.post('/auth/logout')).status, 204)
  t.equal((await again.get('/auth/me')).status, 401)
})

t.test('ten wrong passwords lock a name, known or not, and read the same', async t => {
  const { nobody } = await startGateway(t)
  for (const username of ['ann', 'not-there']) {
    for (let tries = 0; tries < 10; tries++) {
      t.match(await nobody.post('/auth/login', { username, password: 'wrong password' }), { status: 401, body: { code: 'unauthenticated', detail: 'the username or the password is wrong' } })
    }
    const locked = await nobody.post('/auth/login', { username, password: 'wrong password' })
    t.match(locked, { status: 429, body: { code: 'rate-limited' } })
    t.ok(Number(locked.headers.get('retry-after')) > 0)
  }
})

t.test('the journal says whose credential it was, and never what was typed', async t => {
  const { nobody, services, admin } = await startGateway(t)
  const last = async (count: number) => {
    await services.journal.flush()
    return (await services.journal.list({ limit: count })).items
  }
  const { body: { id } } = await admin.get('/auth/me')
  const { body: pair } = await nobody.post('/auth/login', { username: 'Admin', password: ADMIN_PASSWORD })
  const user = { kind: 'user', id, name: 'admin' }
  t.match(await last(1), [{ stage: 'completed', operation: 'session.login', actor: { id, username: 'admin', credential: 'password' }, target: user, input: { username: 'Admin' }, outcome: { code: null } }])

  await nobody.post('/auth/login', { username: 'admin', password: 'wrong password' })
  const [wrong] = await last(1)
  t.match(wrong, { stage: 'denied', operation: 'session.login', actor: null, target: user, outcome: { code: 'unauthenticated' } })
  t.same(wrong?.input, {})

  for (const username of ['typed-my-password', 'TYPED-my-password']) await nobody.post('/auth/login', { username, password: 'x' })
  const [one, other] = await last(2)
  t.match(one, { stage: 'denied', actor: null, target: { kind: 'user', id: /^hmac:[0-9a-f]{16}$/, name: null } })
  t.same(one?.target, other?.target, 'the same name reads the same')
  t.notMatch(JSON.stringify([one, other]), /my-password/i)

  const { body: next } = await nobody.post('/auth/refresh', { refreshToken: pair.refreshToken })
  const [refreshed] = await last(1)
  t.match(refreshed, { stage: 'completed', operation: 'session.refresh', actor: { username: 'admin', credential: /^refresh:\w{26}$/ }, target: user, outcome: { code: null } })
  await nobody.post('/auth/refresh', { refreshToken: pair.refreshToken })
  t.match(await last(1), [{ stage: 'completed', actor: { credential: refreshed?.actor?.credential }, target: user, decision: { effect: 'deny', rule: 'refresh-replay' }, outcome: { code: 'unauthenticated' } }])
  await nobody.post('/auth/refresh', { refreshToken: next.refreshToken })
  t.match(await last(1), [{ stage: 'denied', actor: null, target: user, decision: { rule: 'unauthenticated' } }])
})

t.test('credentials that are none are one line behind the answer, collapsed when they come in floods', async t => {
  const { nobody, services, dataDir } = await startGateway(t)
  await services.journal.flush()
  const [before] = (await services.journal.list({ limit: 1 })).items
  const db = openDatabase<JournalSchema>(journalLocation({ url: 'sqlite:', dataDir }))
  t.teardown(async () => { await db.destroy() })
  const refusals = async () => (await db.selectFrom('journal').select('line').where('seq', '>', before?.seq ?? 0).execute()).map(({ line }) => JSON.parse(line) as JournalLine)
  const bogus = async (nth: number) => (await nobody.post('/auth/refresh', { refreshToken: nth % 2 === 0 ? 'nonsense' : `car_${'A'.repeat(43)}` })).status
  // A flood is more than a hundred a second: a slow machine may need another try to be one.
  let refreshes = 0
  do {
    const statuses = await Promise.all(Array.from({ length: 400 }, async (_, nth) => await bogus(nth)))
    t.ok(statuses.every(status => status === 401))
    refreshes += 400
    await services.journal.flush()
  } while ((await refusals()).every(({ outcome }) => outcome?.count === undefined) && refreshes < 4000)
  const logins = await Promise.all(Array.from({ length: 80 }, async (_, nth) => (await nobody.post('/auth/login', { username: `name${nth % 20}`, password: 'wrong' })).status))
  t.same([logins.filter(status => status === 401).length, logins.filter(status => status === 429).length], [60, 20])
  const { headers } = await nobody.post('/auth/login', { username: 'admin', password: ADMIN_PASSWORD })
  t.ok(Number(headers.get('retry-after')) > 0, 'the right password from there has to wait as well')
  await services.journal.flush()
  const lines = await refusals()
  t.ok(lines.every(({ stage, input }) => stage === 'denied' && Object.keys(input).length === 0), 'no line but refusals')
  t.equal(lines.reduce((sum, { outcome }) => sum + (outcome?.count ?? 1), 0), refreshes + 81, 'each is counted')
  t.ok(lines.some(({ outcome }) => outcome?.count !== undefined), `${lines.length} lines`)
})

t.test('forged tokens', async t => {
  const { admin, nobody, dataDir } = await startGateway(t)
  const key = readFileSync(join(dataDir, 'token-key.pem'), 'utf8')
  const [head = '', payload = ''] = (admin.token ?? '').split('.')
  const part = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>
  const { kid } = part(head)
  const claims = part(payload)
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const sign = (changes: object, header: object = {}, by = key) => {
    const { alg, ...rest } = { alg: 'EdDSA', typ: 'JWT', kid, ...header }
    const text = `${encode({ alg, ...rest })}.${encode({ ...claims, ...changes })}`
    const signature = alg === 'HS256' ? createHmac('sha256', by).update(text).digest() : signBytes(alg === 'RS256' ? 'sha256' : null, Buffer.from(text), by)
    return `${text}.${signature.toString('base64url')}`
  }
  const none = (algorithm: string) => `${encode({ alg: algorithm, typ: 'JWT', kid })}.${payload}.`
  t.equal((await nobody.get('/auth/me', { authorization: `Bearer ${sign({})}` })).status, 200, 'the test signs as the gateway does')

  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  const now = Math.floor(Date.now() / 1000)
  const stranger = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const forged: Record<string, string> = {
    'another key': sign({}, {}, stranger),
    'an unknown key id': sign({}, { kid: 'other' }),
    'another algorithm': sign({}, { alg: 'RS256' }, rsa),
    'a symmetric algorithm with the public key': sign({}, { alg: 'HS256' }, publicKey),
    'no algorithm': none('none'),
    'no algorithm, in capitals': none('NONE'),
    expired: sign({ exp: now - 60 }),
    'not yet': sign({ nbf: now + 60 }),
    'another issuer': sign({ iss: 'other' }),
    'another audience': sign({ aud: 'other' }),
    'another type': sign({ typ: 'refresh' }),
    'another user': sign({ sub: 'other' }),
    'another session': sign({ sid: 'other' }),
    'another security version': sign({ sv: 99 }),
    'a security version that is text': sign({ sv: '1' }),
    oversized: sign({ jti: 'x'.repeat(8192) }),
    'cut off': String(admin.token).slice(0, -4),
    ...Object.fromEntries(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub', 'sid', 'sv', 'typ'].map(claim => [`without ${claim}`, sign({ [claim]: undefined })]))
  }
  for (const [what, token] of Object.entries(forged)) {
    t.match(await nobody.get('/auth/me', { authorization: `Bearer ${token}` }), { status: 401, body: { code: 'unauthenticated' } }, what)
  }
})

t.test('when the journal can\'t be written the engine hears nothing of a write', async t => {
  const { admin, spies, dataDir } = await startGateway(t)
  const db = openDatabase<JournalSchema>(journalLocation({ url: 'sqlite:', dataDir }))
  t.teardown(async () => { await db.destroy() })
  await db.schema.alterTable('journal').renameTo('journal_away').execute()
  spies.local.reset()
  t.match(await admin.post('/hosts/local/containers', { image }), { status: 503, body: { code: 'audit-unavailable' } })
  t.equal(spies.local.bytes, 0)
  await db.schema.alterTable('journal_away').renameTo('journal').execute()
  const created = await admin.post('/hosts/local/containers', { image })
  t.equal(created.status, 201, 'and goes on when it can')
  t.equal((await admin.delete(`/hosts/local/containers/${created.body.id}`)).status, 204)
  const { body } = await admin.get('/audit?operation=container.create&limit=1')
  t.match(body.items, [{ target: { kind: 'container', id: created.body.id } }])
})

t.test('a secret is in no log, journal or database', async t => {
  const { admin, nobody, logged, dataDir } = await startGateway(t)
  const secret = `canary-${process.pid}-secret`
  await nobody.post('/auth/login', { username: 'admin', password: secret })
  await admin.post('/users', { username: 'carl', password: secret })
  await admin.post('/hosts/local/images/pull', { reference: 'localhost:1/x', registryAuth: { username: 'u', password: secret } })
  await admin.post('/hosts/local/images/pull', { reference: 'localhost:1/x', registryAuth: secret })
  await admin.get(`/auth/me?token=${secret}`, { authorization: `Bearer ${secret}` })
  await admin.get('/audit')
  t.notOk(logged.some(line => line.includes(secret)))
  for (const file of readdirSync(dataDir)) t.notOk(readFileSync(join(dataDir, file)).includes(secret), file)
})

t.test('HTTPS with a certificate of one\'s own', async t => {
  const environment = certificateIn(t.testdir())
  const { url } = await startGateway(t, { environment })
  t.match(url, /^https:/)
  const ask = request(`${url}/healthz`, { ca: readFileSync(environment.CAISSON_TLS_CERT), servername: 'localhost', checkServerIdentity: () => undefined })
  ask.end()
  const [answer] = await once(ask, 'response')
  t.equal(answer.statusCode, 200)
  answer.resume()
})
