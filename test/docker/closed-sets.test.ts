import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { engines, image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const { admin, spies } = await startGateway(t)
const engine = engines[0]
const [NAME, OTHER] = ['made', 'other'].map(of => `closed-sets-${of}-${process.pid}`) as [string, string]
const clear = async () => { await call(engine, 'DELETE', `/containers/${NAME}?force=true&v=true`) }
t.afterEach(clear)

/** What an engine takes, and finds out at the start or never: 201, and a container that does not start or is not what was asked for. */
const wrong: ReadonlyArray<readonly [spec: object, path: string, words?: RegExp]> = [
  ...['HOST', ' host', 'host ', 'Bridge', 'NONE', 'Default', 'ns:/proc/1/ns/net', 'container:', 'CONTAINER:x', 'container: x', 'a b', 'host\n', 'slirp4netns:x'].map((networkMode): [object, string, RegExp] => [{ networkMode }, '/networkMode', /"host"/]),
  ...['HOST', ' host', 'ns:/proc/1/ns/pid', 'container:', 'shareable'].map((pidMode): [object, string, RegExp] => [{ pidMode }, '/pidMode', /"host"/]),
  ...['HOST', 'host ', 'Private', 'container:'].map((ipcMode): [object, string, RegExp] => [{ ipcMode }, '/ipcMode', /"shareable"/]),
  ...['HOST', 'container:x'].map((utsMode): [object, string] => [{ utsMode }, '/utsMode']),
  ...['Host', 'keep'].map((usernsMode): [object, string] => [{ usernsMode }, '/usernsMode']),
  [{ cgroup: 'host' }, '/cgroup', /"container:"/],
  ...['foo', 'RLIMIT_NOFILE', 'nofile ', 'NoFile', ''].map((name): [object, string, RegExp] => [{ ulimits: [{ name, soft: 1 }] }, '/ulimits/0/name', /nofile/]),
  ...['vm.swappiness', 'kernel.hostname', 'user.max_user_namespaces', 'net', 'netx.a', ' net.a', 'Net.ipv4.ip_forward'].map((name): [object, string, RegExp] => [{ sysctls: { [name]: '1' } }, `/sysctls/${name}`, /kernel\.shmmax/]),
  ...['srv', './srv', '~', ' /srv'].map((workingDir): [object, string, RegExp] => [{ workingDir }, '/workingDir', /absolute/]),
  ...['a\nb', 'a b', 'a\tb', 'a\r', 'a\u2028b', 'a'.repeat(65)].map((hostname): [object, string] => [{ hostname }, '/hostname']),
  [{ domainname: 'a\nb' }, '/domainname'],
  [{ macAddress: 'zz' }, '/macAddress', /MAC/],
  [{ networks: { bridge: { macAddress: '92:d0:c6:0a:29' } } }, '/networks/bridge/macAddress'],
  [{ networks: { bridge: { aliases: ['a', 'a\nb'] } } }, '/networks/bridge/aliases/1'],
  [{ dns: ['10.0.0.53', 'foo'] }, '/dns/1', /IPv4/],
  [{ dns: ['10.0.0.53\nnameserver 10.0.0.54'] }, '/dns/0'],
  [{ dnsSearch: ['a\nb'] }, '/dnsSearch/0'],
  [{ dnsOptions: ['ndots:2\nnameserver 10.0.0.1'] }, '/dnsOptions/0'],
  [{ extraHosts: ['a\n10.0.0.1 b:10.0.0.2'] }, '/extraHosts/0'],
  [{ links: [`${OTHER}:a b`] }, '/links/0'],
  [{ deviceCgroupRules: ['c 1:3 x'] }, '/deviceCgroupRules/0', /c 1:3/],
  [{ healthcheck: { test: ['RUN', 'true'] } }, '/healthcheck/test/0', /CMD-SHELL/],
  ...[{ user: 'ro\0ot' }, { command: ['a\0b'] }, { env: { A: 'b\0' } }, { env: { 'A\0': 'b' } }, { labels: { 'a\0': '' } }, { labels: { a: '\0' } }, { workingDir: '/\0' }, { tmpfs: { '/x': '\0' } }].map((spec): [object, string, RegExp] => [spec, `/${Object.keys(spec)[0] ?? ''}`, /NUL/])
]

/** And what works, in every spelling that does. */
const right: readonly object[] = [
  { networkMode: '', pidMode: '', workingDir: '', healthcheck: { test: [] }, hostname: 'a_b.c-', links: [`${OTHER}:a`], macAddress: '92d0.c60a.2933' },
  { networkMode: 'host', pidMode: 'host', ipcMode: 'host', utsMode: 'host', usernsMode: 'host', healthcheck: { test: [''] } },
  { networkMode: `container:${OTHER}`, pidMode: `container:/${OTHER}`, ipcMode: 'shareable', healthcheck: { test: ['NONE'] }, deviceCgroupRules: ['c *:3 rm', 'a *:* rwm'] },
  {
    networkMode: 'default',
    workingDir: '/srv/a b',
    hostname: 'a'.repeat(64),
    domainname: 'example.com',
    macAddress: '92-D0-C6-0A-29-33',
    healthcheck: { test: ['CMD', 'true'] },
    env: { A: 'a\nb' },
    labels: { a: 'b\nc' },
    ulimits: [{ name: 'nofile', soft: 64 }, { name: 'NPROC', soft: 64 }, { name: 'as', soft: -1 }],
    sysctls: { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '65536', 'kernel.domainname': 'x', 'net.ipv4.conf.all.forwarding': '1' },
    dns: ['10.0.0.53', '2001:db8::1'],
    dnsSearch: ['.'],
    dnsOptions: ['ndots:2'],
    extraHosts: ['a.b:10.0.0.1', 'gate:host-gateway', 'six:::1']
  }
]

const CREATE = '/hosts/local/containers'
/** A value as GraphQL writes it; maps are of the type JSON. */
const literal = (value: unknown): string => Array.isArray(value) ? `[${value.map(literal).join(', ')}]` : typeof value === 'object' && value !== null ? `{${Object.entries(value).map(([name, inner]) => `${name}: ${literal(inner)}`).join(', ')}}` : JSON.stringify(value)

t.test('closed sets are refused before the engine hears of them, in words, on every surface', { timeout: 120_000 }, async t => {
  await call(engine, 'POST', `/containers/create?name=${OTHER}`, { json: { Image: image, Cmd: ['sleep', '600'] } })
  await call(engine, 'POST', `/containers/${OTHER}/start`)
  t.teardown(async () => { await call(engine, 'DELETE', `/containers/${OTHER}?force=true`) })
  spies.local.reset()
  for (const [at, [spec, path, words = /./]] of wrong.entries()) {
    // A separator of lines would be one in what the test prints.
    const shown = JSON.stringify(spec).replaceAll('\u2028', '\\u2028')
    // They are read by one schema: the others are asked once in a while.
    for (const post of at % 8 === 0 ? [CREATE, `${CREATE}/run`, `${CREATE}/check`] : [CREATE]) {
      const { body } = await admin.post(post, { image, name: NAME, ...spec })
      t.match(body, { status: 400, code: 'invalid-input', errors: [{ path: new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`), message: words }] }, `${post} ${shown}`)
      t.notMatch(body.errors?.[0]?.message, /pattern/)
    }
    // Names with a dot or a blank are none in GraphQL's own literals.
    if (/"[^"]*[^\w"][^"]*":/.test(shown)) continue
    const { errors } = await admin.graphql(`mutation { containerCreate(host: "local", image: "${image}", name: "${NAME}", ${literal(spec).slice(1, -1)}) { containerId } }`)
    t.match(errors, [{ extensions: { code: 'invalid-input', errors: [{ message: words }] } }], `GraphQL ${shown}`)
  }
  t.same(spies.local.requests.filter(({ method }) => method !== 'GET'), [], 'the engine heard nothing')
  for (const spec of right) {
    const { status, text } = await admin.post(CREATE, { image, name: NAME, command: ['sleep', '60'], ...spec })
    t.equal(status, 201, `${JSON.stringify(spec)} ${text}`)
    const start = await admin.post(`${CREATE}/${NAME}/start`)
    t.equal(start.status, 204, `${JSON.stringify(spec)} ${start.text}`)
    await clear()
  }
  t.match((await admin.post(`${CREATE}/check`, { image, runtime: 'kata', sysctls: { 'vm.swappiness': '1' } })).body, { allowed: true }, 'a runtime with a kernel of its own has settings of its own')
})

t.test('of an exec and a build as well', async t => {
  await call(engine, 'POST', `/containers/create?name=${NAME}`, { json: { Image: image, Cmd: ['sleep', '600'] } })
  await call(engine, 'POST', `/containers/${NAME}/start`)
  const exec = async (body: object) => (await admin.post(`/hosts/local/containers/${NAME}/exec`, { command: ['cat'], ...body })).body
  t.match(await exec({ workingDir: 'tmp' }), { status: 400, errors: [{ path: '/workingDir', message: /absolute/ }] })
  for (const [body, path] of [[{ user: 'a\0' }, '/user'], [{ command: ['a\0'] }, '/command/0'], [{ env: { 'A\0': '' } }, '/env']] as const) t.match(await exec(body), { status: 400, errors: [{ path, message: /NUL/ }] })
  t.match(await exec({ workingDir: '/tmp', stdin: 'a\0b' }), { exitCode: 0, stdout: 'a\0b' }, 'bytes for a process are not text')
  const build = async (query: object) => (await admin.upload('POST', `/hosts/local/images/build?${new URLSearchParams(query as Record<string, string>)}`, new Uint8Array(1024))).body
  t.match(await build({ networkMode: 'HOST' }), { status: 400, errors: [{ path: '/networkMode', message: /"host"/ }] })
  t.match(await build({ networkMode: 'ns:/proc/1/ns/net' }), { status: 400, errors: [{ path: '/networkMode' }] })
  t.match(await build({ extraHosts: 'a\nb:10.0.0.1' }), { status: 400, errors: [{ path: '/extraHosts/0' }] })
  t.match(await build({ dockerfile: 'a\0b' }), { status: 400, errors: [{ path: '/dockerfile', message: /NUL/ }] })
})
