import { execFileSync } from 'node:child_process'
import { createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import t from 'tap'
import { openDatabase } from '../../src/store/database.js'
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
  const db = openDatabase({ url: 'sqlite:', dataDir })
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
  const folder = mkdtempSync(join(tmpdir(), 'caisson-tls-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-days', '1'], { stdio: 'ignore' })
  const { url } = await startGateway(t, { environment: { CAISSON_TLS_CERT: cert, CAISSON_TLS_KEY: key } })
  t.match(url, /^https:/)
  const ask = request(`${url}/healthz`, { ca: readFileSync(cert), servername: 'localhost', checkServerIdentity: () => undefined })
  ask.end()
  const [answer] = await once(ask, 'response')
  t.equal(answer.statusCode, 200)
  answer.resume()
})
