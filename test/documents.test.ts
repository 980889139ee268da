import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import t from 'tap'
import { parse } from 'yaml'
import { readConfig, settings } from '../src/config.js'
import { kinds } from '../src/lib/errors.js'
import { failuresOf } from '../src/operation/failures.js'
import { offeredOn } from '../src/operation/registry.js'
import { operations } from '../src/operations/index.js'
import { undescribedIn, undescribedInOpenapi } from './support/described.js'

t.test('everything in both documents has a description', async t => {
  const schema = readFileSync('schema.graphql', 'utf8')
  t.same(undescribedIn(buildSchema(schema)), [], 'GraphQL: the values of an enum have theirs by choice()')
  t.same(undescribedInOpenapi(parse(readFileSync('openapi.yaml', 'utf8'))), [], 'OpenAPI')
  t.same(undescribedIn(buildSchema(schema.replace('A Docker host that the gateway stands in front of', ' '))), ['Host'], 'one that is missing is found')
})

t.test('every operation says in both documents what it may fail with', async t => {
  interface Answer { readonly description?: string, readonly $ref?: string }
  const { paths, components } = parse(readFileSync('openapi.yaml', 'utf8')) as { paths: Record<string, Record<string, { operationId: string, responses: Record<string, Answer> }>>, components: { responses: Record<string, Answer> } }
  const wordsOf = ({ description, $ref = '' }: Answer = {}) => description ?? components.responses[$ref.split('/').at(-1) ?? '']?.description
  const described = new Map(Object.values(paths).flatMap(path => Object.values(path)).map(({ operationId, responses }) => [operationId, responses]))
  const schema = readFileSync('schema.graphql', 'utf8')
  for (const operation of operations) {
    const failures = failuresOf(operation)
    t.ok(failures.length > 1, operation.name)
    for (const { code } of offeredOn(operation, 'rest') ? failures : []) {
      t.match(wordsOf(described.get(operation.name)?.[kinds[code].status]), `\`${code}\``, `${operation.name}: ${code}`)
    }
  }
  const fields = [...schema.matchAll(/Fails with `/g)].length
  t.equal(fields, [...operations].filter(operation => offeredOn(operation, 'graphql')).length)
})

t.test('the guide names every setting with its default', async t => {
  const guide = readFileSync('docs/deploy.md', 'utf8')
  for (const [name, schema] of Object.entries(settings)) {
    t.match(guide, `\`${name}\``)
    const { default: value } = schema as { default?: string }
    if (value) t.match(guide, `\`${value}\``, `${name} is ${value} by default`)
  }
})

t.test('a setting that is wrong is said in one line that names it', async t => {
  for (const [name, got] of Object.entries({
    CAISSON_LISTEN: 'nowhere',
    CAISSON_LOG_LEVEL: 'loud',
    CAISSON_JOB_RETENTION: 'a day',
    CAISSON_HOSTS: 'local=ftp://x',
    CAISSON_ORIGINS: 'example.com',
    CAISSON_TLS_CERT: '/nowhere.pem',
    CAISSON_COLOUR: 'red'
  })) {
    t.throws(() => readConfig({ [name]: got }), { message: new RegExp(`^${name.replace('CERT', '(CERT|KEY)')}: .*[^\\n]$`) })
  }
  t.throws(() => readConfig({ CAISSON_LISTEN: '8080' }), { message: 'CAISSON_LISTEN: got "8080", takes `address:port`, such as `127.0.0.1:8080` (`0.0.0.0:8080` for all addresses), or `unix:/path`' })
  t.throws(() => readConfig({ CAISSON_TLS_CERT: '/c.pem' }), { message: 'CAISSON_TLS_KEY: got nothing, takes a PEM file with the certificate\'s key: it goes together with CAISSON_TLS_CERT, which is "/c.pem"' })
  t.throws(() => readConfig({ CAISSON_TLS_KEY: '/k.pem' }), { message: /^CAISSON_TLS_CERT: got nothing, takes a PEM file .* together with CAISSON_TLS_KEY, which is "\/k.pem"$/ })
  t.throws(() => readConfig({ CAISSON_LISTEN: '127.0.0.1:99999' }), { message: /"127.0.0.1:99999", takes a port/ })
  t.throws(() => readConfig({ CAISSON_HOSTS: 'a=unix:///x,a=unix:///y' }), { message: /a is there twice/ })
  t.throws(() => readConfig({ CAISSON_ADMIN_PASSWORD: 'secret' }), { message: /^CAISSON_ADMIN_PASSWORD: got a value that is not shown, takes the password/ })
  t.throws(() => readConfig({ CAISSON_JOB_RETENTION: '3651d' }), { message: /^CAISSON_JOB_RETENTION: got "3651d", takes a duration of up to/ })
  t.same([readConfig({}).jobRetentionMs, readConfig({ CAISSON_JOB_RETENTION: '1h30m' }).jobRetentionMs], [86_400_000, 5_400_000])
  t.ok(Object.isFrozen(readConfig({})))
})

t.test('what hosts are called and where they are', async t => {
  const wrong = (environment: Record<string, string>) => {
    try { readConfig(environment) } catch (error) { return (error as Error).message }
    return 'accepted'
  }
  t.match(wrong({ CAISSON_HOSTS: 'a=tcp://h:99999' }), /^CAISSON_HOSTS: got "a=tcp:\/\/h:99999", takes .*a port up to 65535/)
  t.match(wrong({ CAISSON_HOSTS: 'a=tcp://h:0' }), /^CAISSON_HOSTS: /)
  t.equal(wrong({ CAISSON_HOSTS: 'a=tcp://h:65535?insecure=true' }), 'accepted')
  t.equal(wrong({ CAISSON_HOSTS: ' , ' }), 'CAISSON_HOSTS: got " , ", takes one name=url at least')
  t.match(wrong({ DOCKER_HOST: 'fd://' }), /^DOCKER_HOST: got "fd:\/\/", takes [^\n]*$/)
  for (const [name, value] of [['DOCKER_HOST', 'ssh://user:pass/w@h'], ['CAISSON_HOSTS', 'a=ssh://user:pass/w@h,b=unix:///x'], ['CAISSON_HOSTS', 'ssh://user:pass,w@h'], ['CAISSON_HOSTS', 'b=unix:///x,b=unix:///y,a=tcp://user:pass@h:1']] as const) {
    t.match(wrong({ [name]: value }), new RegExp(`^${name}: got "`))
    t.notMatch(wrong({ [name]: value }), /user|pass/, 'no password is quoted')
  }
  for (const [name, value] of [['CAISSON_HOSTS', 'a=ssh://dev@build'], ['DOCKER_HOST', 'ssh://dev@build']] as const) {
    t.match(wrong({ [name]: value }), new RegExp(`^${name}: got "[^"]*build", takes .*make a tunnel \\(ssh -N -L`), 'what to do instead')
  }
  for (const loopback of ['127.0.0.1', '127.8.9.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost', 'engine.localhost']) {
    t.equal(wrong({ CAISSON_HOSTS: `a=tcp://${loopback}:2375` }), 'accepted', loopback)
  }
  for (const beyond of ['10.0.0.5', '0.0.0.0', '[::]', '[fe80::1]', '[::ffff:10.0.0.5]', 'build.example.com', 'localhost.example.com', '127.0.0.1.example.com']) {
    for (const scheme of ['tcp', 'http']) {
      const url = `${scheme}://${beyond}:2375`
      t.match(wrong({ CAISSON_HOSTS: `a=${url}` }), /^CAISSON_HOSTS: got ".*", takes as the url of a .*\?insecure=true for an address beyond loopback: nothing there is encrypted/, url)
      t.match(wrong({ DOCKER_HOST: url }), /^DOCKER_HOST: got ".*", takes .*\?insecure=true/, url)
      t.equal(wrong({ CAISSON_HOSTS: `a=${url}?insecure=true` }), 'accepted', url)
    }
  }
  t.match(wrong({ CAISSON_HOSTS: 'a=tcp://10.0.0.5:2375?insecure=yes' }), /takes as the url of a unix:/)
  t.match(readConfig({ DOCKER_HOST: '' }).hosts, [{ name: 'local', url: 'unix:///var/run/docker.sock' }], 'set but empty is not set')
  t.match(readConfig({ DOCKER_HOST: 'tcp://127.0.0.1:2375' }).hosts, [{ name: 'local', url: 'tcp://127.0.0.1:2375' }])
  t.match(readConfig({ DOCKER_HOST: 'ssh://x', CAISSON_HOSTS: 'a=unix:///x' }).hosts, [{ name: 'a' }], 'not looked at where it is not asked')
})

t.test('proxies, certificates and keys are looked at before anything starts', async t => {
  t.throws(() => readConfig({ CAISSON_TRUST_PROXY: '10.0.0.1, my-proxy' }), { message: /^CAISSON_TRUST_PROXY: got "10.0.0.1, my-proxy", takes addresses .*"my-proxy" is neither$/ })
  t.throws(() => readConfig({ CAISSON_TRUST_PROXY: '10.0.0.0/99' }), { message: /^CAISSON_TRUST_PROXY: [^\n]*$/ })
  t.same(readConfig({ CAISSON_TRUST_PROXY: '10.0.0.0/8,::1, loopback' }).trustProxy, ['10.0.0.0/8', '::1', 'loopback'])

  const folder = t.testdir({ 'no.pem': 'hello' })
  const pair = (name: string) => {
    const [cert, key] = [`${folder}/${name}.crt`, `${folder}/${name}.key`]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-days', '1'], { stdio: 'ignore' })
    return { CAISSON_TLS_CERT: cert, CAISSON_TLS_KEY: key }
  }
  const [one, two] = [pair('one'), pair('two')]
  t.match(readConfig(one).tls, { cert: Buffer, key: Buffer })
  t.throws(() => readConfig({ ...one, CAISSON_TLS_CERT: `${folder}/no.pem` }), { message: /^CAISSON_TLS_CERT: got ".*no.pem", takes a PEM file[^\n]*$/ })
  t.throws(() => readConfig({ ...one, CAISSON_TLS_KEY: `${folder}/no.pem` }), { message: /^CAISSON_TLS_KEY: got ".*no.pem", takes a PEM file[^\n]*$/ })
  t.throws(() => readConfig({ ...one, CAISSON_TLS_KEY: two.CAISSON_TLS_KEY }), { message: /^CAISSON_TLS_KEY: got ".*two.key", takes the key of the certificate in .*one.crt$/ })
})
