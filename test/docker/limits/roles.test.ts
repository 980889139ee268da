import { speaks } from '../../support/differences.js'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { ask, call } from '../../../scripts/lib/api.mjs'
import type { Limits } from '../../../src/authorization/limits/schema.js'
import { engine, image, limitsBed, makeVolume, removeVolume } from './bed.js'

const bed = await limitsBed(t, 'roles')
const { ann, allow, inspect, clear, lastRule, gateway: { admin, spies } } = bed
const ROOT = realpathSync(mkdtempSync(join(tmpdir(), 'caisson-limits-')))
mkdirSync(join(ROOT, 'ok', 'a'), { recursive: true })
mkdirSync(join(ROOT, 'read'))
t.teardown(() => { rmSync(ROOT, { recursive: true, force: true }) })
const NAME = bed.name('made')
const VOLUME = bed.name('volume')
const check = async (spec: object) => (await ann.post('/hosts/local/containers/check', { image, ...spec })).body as { allowed: boolean, refusals: Array<{ rule: string, path: string, message: string }> }
t.afterEach(async () => { await clear(NAME); await removeVolume(VOLUME) })

/** What a limit lets through, and what it still does not. */
const lines: ReadonlyArray<readonly [limits: Limits, allowed: readonly object[], refused: ReadonlyArray<readonly [spec: object, rule: string, path: string]>]> = [
  [{ privileged: true }, [{ privileged: true }, { maskedPaths: [] }], [[{ binds: ['/etc:/x'] }, 'bindRoots', '/binds/0']]],
  [{ bindRoots: [{ path: `${ROOT}/ok` }, { path: `${ROOT}/read`, readOnly: true }] }, [
    { binds: [`${ROOT}/ok:/x`] }, { binds: [`${ROOT}/../${basename(ROOT)}//ok/:/x:rw`] }, { binds: [`${ROOT}/read/a:/x:ro`] }, { mounts: [{ type: 'bind', source: `${ROOT}/ok`, target: '/x' }] },
    { mounts: [{ type: 'bind', source: `${ROOT}/read`, target: '/x', readOnly: true }] }, { mounts: [{ type: 'volume', target: '/x', volumeOptions: { driver: { options: { type: 'none', o: 'bind', device: `${ROOT}/ok` } } } }] }
  ], [
    [{ binds: [`${ROOT}/okay:/x`] }, 'bindRoots', '/binds/0'], [{ binds: [`${ROOT}/ok/a:/x`] }, 'bindRoots', '/binds/0'], [{ binds: [`${ROOT}/ok/a:/x:ro`] }, 'bindRoots', '/binds/0'],
    [{ mounts: [{ type: 'volume', target: '/x', volumeOptions: { driver: { options: { type: 'none', o: 'bind,ro,rw', device: `${ROOT}/read` } } } }] }, 'bindRoots', '/mounts/0/volumeOptions'], [{ binds: [`${ROOT}/ok/../../etc:/x`] }, 'bindRoots', '/binds/0'], [{ binds: [`${ROOT}:/x:ro`] }, 'bindRoots', '/binds/0'], [{ binds: ['//etc:/x'] }, 'bindRoots', '/binds/0'],
    [{ binds: [`${ROOT}/read:/x`] }, 'bindRoots', '/binds/0'], [{ mounts: [{ type: 'bind', source: `${ROOT}/read`, target: '/x' }] }, 'bindRoots', '/mounts/0/source'],
    [{ mounts: [{ type: 'volume', target: '/x', volumeOptions: { driver: { options: { type: 'none', o: 'rbind,ro', device: `${ROOT}/ok/../..` } } } }] }, 'bindRoots', '/mounts/0/volumeOptions']
  ]],
  [{ namespaces: ['pid'] }, [{ pidMode: 'host' }], [[{ networkMode: 'host' }, 'namespaces', '/networkMode']]],
  [{ capabilities: ['NET_ADMIN'] }, [{ capAdd: ['net_admin', 'CAP_NET_ADMIN', 'chown'] }], [[{ capAdd: ['ALL'] }, 'capabilities', '/capAdd/0']]],
  [{ devices: ['/dev/ttyUSB*'] }, [{ devices: [{ pathOnHost: '/dev/ttyUSB0' }] }], [[{ devices: [{ pathOnHost: '/dev/ttyUSB0/../sda' }] }, 'devices', '/devices/0/pathOnHost']]],
  [{ deviceCgroupRules: ['c 189:* rmw'], deviceRequests: true }, [{ deviceCgroupRules: ['c 189:* rmw'], deviceRequests: [{ driver: 'nvidia', count: 1 }] }], [[{ deviceCgroupRules: ['c 1:1 rmw'] }, 'deviceCgroupRules', '/deviceCgroupRules/0']]],
  [{ securityOptions: ['apparmor=team-*'] }, [{ securityOpt: ['apparmor=team-web', 'apparmor:team-db', 'no-new-privileges'] }], [[{ securityOpt: ['apparmor=unconfined'] }, 'securityOptions', '/securityOpt/0']]],
  [{ runtimes: ['runsc'], cgroupParents: ['/team*'] }, [{ runtime: 'runsc', cgroupParent: '/team' }], [[{ runtime: 'runc2' }, 'runtimes', '/runtime'], [{ cgroupParent: '/' }, 'cgroupParents', '/cgroupParent'], [{ cgroupParent: '/team/../system.slice' }, 'cgroupParents', '/cgroupParent']]],
  [{ logDrivers: ['journald'] }, [{ logConfig: { type: 'journald', config: { any: 'x' } } }, { logConfig: { type: 'local', config: { 'max-size': '1m' } } }], [[{ logConfig: { type: 'fluentd' } }, 'logDrivers', '/logConfig/type']]],
  [{ sysctls: ['net.ipv4.*'], storageOptions: ['size'] }, [{ sysctls: { 'net.ipv4.tcp_syncookies': '1' }, storageOpt: { size: '1G' } }], [[{ sysctls: { 'kernel.msgmax': '1' } }, 'sysctls', '/sysctls']]],
  [{ volumeDrivers: ['vieux/sshfs'], volumeTypes: ['nfs'] }, [{ volumes: ['/x'], volumeDriver: 'vieux/sshfs' }, { mounts: [{ type: 'volume', target: '/x', volumeOptions: { driver: { options: { type: 'nfs', o: 'addr=10.0.0.1', device: ':/x' } } } }] }],
    [[{ mounts: [{ type: 'volume', target: '/x', volumeOptions: { driver: { options: { type: 'cifs', o: 'password=canary', device: '//x/y' } } } }] }, 'volumeDrivers', '/mounts/0/volumeOptions']]],
  [{ ulimits: ['nice'], oomScoreAdj: -100 }, [{ ulimits: [{ name: 'nice', soft: 1 }, { name: 'nofile', soft: 9000 }], oomScoreAdj: -100 }], [[{ oomScoreAdj: -101 }, 'oomScoreAdj', '/oomScoreAdj'], [{ ulimits: [{ name: 'rtprio', soft: 1 }] }, 'ulimits', '/ulimits/0']]],
  [{ networkOptions: ['com.example.*'] }, [{ networks: { bridge: { driverOpts: { 'com.example.a': 'b' } } } }], [[{ networks: { bridge: { driverOpts: { 'com.docker.network.endpoint.sysctls': 'x' } } } }, 'networkOptions', '/networks/bridge/driverOpts']]],
  [{ images: ['caisson-test/*'] }, [{}, { image: 'docker.io/caisson-test/other:2' }], [[{ image: 'busybox' }, 'images', '/image'], [{ image: 'evil.example/caisson-test/busybox' }, 'images', '/image'], [{ image: `sha256:${'a'.repeat(64)}` }, 'images', '/image'], [{ image: 'beef' }, 'images', '/image'], [{ image: 'sha256:beef' }, 'images', '/image']]],
  [{ registries: ['registry:5000', '*.example'] }, [{ image: 'registry:5000/x' }, { image: 'a.example/x/y@sha256:' + 'a'.repeat(64) }], [[{}, 'registries', '/image'], [{ image: 'localhost/x' }, 'registries', '/image']]],
  [{ ports: [{ from: 8000, to: 8010, addresses: ['127.0.0.1'] }, { from: 9000 }] }, [{ ports: [{ containerPort: 80, hostPort: 8010, hostIp: '127.0.0.1' }, { containerPort: 81, hostPort: 9000 }] }, { expose: [{ containerPort: 1 }] }], [
    [{ ports: [{ containerPort: 80, hostPort: 8000 }] }, 'ports', '/ports'], [{ ports: [{ containerPort: 80, hostPort: 8005, hostPortEnd: 8011, hostIp: '127.0.0.1' }] }, 'ports', '/ports'],
    [{ ports: [{ containerPort: 80 }] }, 'ports', '/ports'], [{ ports: [{ containerPort: 80, hostPort: 0 }] }, 'ports', '/ports'], [{ publishAllPorts: true }, 'ports', '/publishAllPorts'], [{ ports: [{ containerPort: 80, hostPort: 8000, hostIp: '0.0.0.0' }] }, 'ports', '/ports']
  ]],
  [{ restartPolicies: ['no', 'on-failure'] }, [{}, { restartPolicy: { name: 'on-failure' } }], [[{ restartPolicy: { name: 'always' } }, 'restartPolicies', '/restartPolicy/name']]]
]

t.test('what each limit lets through, and what it does not', async t => {
  for (const [limits, allowed, refused] of lines) {
    await allow(limits)
    for (const spec of allowed) t.same(await check(spec), { allowed: true, refusals: [] }, `${JSON.stringify(limits)}: ${JSON.stringify(spec)}`)
    for (const [spec, rule, path] of refused) {
      const answer = await check(spec)
      t.match(answer, { allowed: false, refusals: [{ rule: `limit:${rule}`, path }] }, `${JSON.stringify(limits)}: ${JSON.stringify(spec)}`)
      t.notMatch(JSON.stringify(answer), /canary/)
    }
  }
})

t.test('what a limit lets through the engine makes, as far as it can', async t => {
  let made = 0
  for (const [limits, allowed] of lines) {
    await allow(limits)
    for (const spec of allowed) {
      const { status, body } = await ann.post('/hosts/local/containers', { image, command: ['true'], name: NAME, pull: 'never', ...spec })
      t.ok([201, 400, 404, 502].includes(status), `${JSON.stringify(spec)}: ${status} ${body.detail ?? ''}`)
      if (status === 201) made++
      await clear(NAME)
    }
  }
  t.ok(made > 20, `${made} were made`)
})

t.test('who joins a container that shares what is the host\'s shares it as well', async t => {
  await allow({ capabilities: ['NET_ADMIN'], namespaces: ['ipc'] })
  const [shares, between, own] = ['shares', 'between', 'own'].map(bed.name) as [string, string, string]
  t.teardown(async () => { await clear(shares, between, own) })
  await ask(engine, 'POST', `/containers/create?name=${shares}`, { json: { Image: image, HostConfig: { NetworkMode: 'host', PidMode: 'host', IpcMode: 'host' } } })
  await ask(engine, 'POST', `/containers/create?name=${own}`, { json: { Image: image, HostConfig: { IpcMode: 'shareable' } } })
  await ask(engine, 'POST', `/containers/create?name=${between}`, { json: { Image: image, HostConfig: { NetworkMode: `container:${shares}`, PidMode: `container:${shares}` } } })
  for (const field of ['networkMode', 'pidMode']) {
    for (const other of [shares, between]) t.match(await check({ [field]: `container:${other}` }), { allowed: false, refusals: [{ rule: 'limit:namespaces', path: `/${field}` }] }, `${field} of ${other}`)
    t.match(await check({ [field]: `container:${own}` }), { allowed: true })
  }
  t.match(await check({ ipcMode: `container:${shares}` }), { allowed: true }, 'which the role allows')
  t.equal((await ann.post('/hosts/local/containers', { image, name: NAME, command: ['true'], pidMode: `container:${own}` })).status, 201)
  t.match((await inspect(NAME))?.HostConfig, { PidMode: `container:${(await inspect(own))?.Id}` }, 'by its id: names are looked for when it is started')
})

t.test('how much: what is not said is given, what is over or without an end is refused', async t => {
  const MiB = 1024 * 1024
  await allow({ memoryBytes: { max: 64 * MiB, default: 32 * MiB }, cpus: { max: 1, default: 0.5 }, pids: { max: 100, default: 50 } })
  t.equal((await ann.post('/hosts/local/containers', { image, name: NAME, command: ['true'] })).status, 201)
  t.match((await inspect(NAME))?.HostConfig, { Memory: 32 * MiB, NanoCpus: 5e8, PidsLimit: 50 })
  for (const [spec, path] of [
    [{ memoryBytes: 65 * MiB }, '/memoryBytes'], [{ memoryBytes: 0 }, '/memoryBytes'], [{ memorySwapBytes: -1 }, '/memorySwapBytes'], [{ memorySwapBytes: 129 * MiB }, '/memorySwapBytes'],
    [{ cpus: 1.5 }, '/cpus'], [{ cpus: 0 }, '/cpus'], [{ cpuQuota: 200_000 }, '/cpuQuota'], [{ cpuQuota: 60_000, cpuPeriod: 50_000 }, '/cpuQuota'], [{ cpuQuota: -1 }, '/cpus'],
    [{ pidsLimit: 101 }, '/pidsLimit'], [{ pidsLimit: -1 }, '/pidsLimit'], [{ pidsLimit: 0 }, '/pidsLimit']
  ] as const) t.match(await check(spec), { allowed: false, refusals: [{ path }] }, JSON.stringify(spec))
  for (const spec of [{ memoryBytes: 64 * MiB, memorySwapBytes: 128 * MiB }, { cpuQuota: 50_000, cpuPeriod: 50_000 }, { pidsLimit: 100 }]) t.match(await check(spec), { allowed: true }, JSON.stringify(spec))
  const update = async (changes: object) => (await ann.patch(`/hosts/local/containers/${NAME}`, changes)).body
  t.match(await update({ pidsLimit: -1 }), { status: 403, errors: [{ path: '/pidsLimit' }] })
  t.match(await update({ memoryBytes: 65 * MiB, memorySwapBytes: 65 * MiB }), { status: 403, errors: [{ path: '/memoryBytes' }] })
  t.match(await update({ cpus: 2 }), { status: 403, errors: [{ path: '/cpus' }] })
  t.equal(await lastRule(), 'limit:cpus')
  t.match(await update({ pidsLimit: 60, memoryBytes: 16 * MiB }), { warnings: [] })
  await admin.patch(`/hosts/local/containers/${NAME}`, { pidsLimit: -1 })
  t.match(await update({ restartPolicy: { name: 'no' } }), { warnings: [] }, 'what an update does not change is not its fault')
  await allow({ cpus: { max: 1 } })
  t.match(await check({ cpuCount: 1 }), { allowed: false, refusals: [{ rule: 'limit:cpus', path: '/cpus' }] }, 'which engines take, and do nothing')
  await allow({ memoryBytes: { max: 64 * MiB } })
  t.match(await check({}), { allowed: false, refusals: [{ rule: 'limit:memoryBytes', path: '/memoryBytes', message: /say how much/ }] }, 'a maximum without a default')
})

// A folder below a root that a container has made a link is followed by the engine, on the host.
t.test('a link made below a root leads nowhere', async t => {
  await allow({ bindRoots: [{ path: `${ROOT}/ok` }] })
  const run = async (spec: object) => (await ann.post('/hosts/local/containers/run', { image, wait: true, remove: true, ...spec })).body
  t.match(await run({ binds: [`${ROOT}/ok:/x`], command: ['ln', '-s', '/', '/x/out'] }), { exitCode: 0 })
  t.match(await run({ binds: [`${ROOT}/ok/out:/h`], command: ['ls', '/h'] }), { status: 403, errors: [{ path: '/binds/0', message: /mount .* itself/ }] })
  t.match(await run({ binds: [`${ROOT}/ok:/x`], command: ['ls', '/x/out/x'] }), { exitCode: 0, stdout: /out/ }, 'from inside it leads inside')
})

// Whoever writes in one root leaves a link there, and mounts it by another root that lies around it.
t.test('what somebody may write in is mounted as a whole, by whichever grant', async t => {
  const { services: { roles, grants, users } } = bed.gateway
  const out = `${ROOT}/n/w/out`
  mkdirSync(`${ROOT}/n/w`, { recursive: true })
  mkdirSync(`${ROOT}/n/beside`)
  const around = { bindRoots: [{ path: `${ROOT}/n`, readOnly: true }] }
  await allow(around)
  t.match(await check({ binds: [`${ROOT}/n/w/out:/h:ro`] }), { allowed: true }, 'as long as nobody may write there')
  await roles.create('limits-writer', { operations: ['container.*'], limits: { bindRoots: [{ path: `${ROOT}/n/w` }] } })
  await users.create({ username: 'limits-writer', password: 'correct horse battery writer' })
  const volume = bed.name('link')
  const donor = bed.name('link-donor')
  await makeVolume(volume, { type: 'none', o: 'bind,ro', device: out })
  await ask(engine, 'POST', `/containers/create?name=${donor}`, { json: { Image: image, HostConfig: { Mounts: [{ Type: 'bind', Source: `${ROOT}/n/w`, Target: '/x', ReadOnly: true }] } } })
  t.teardown(async () => { await removeVolume(volume); await clear(donor) })
  const options = (device: string) => ({ mounts: [{ type: 'volume', target: '/h', volumeOptions: { driver: { options: { type: 'none', o: 'bind,ro', device } } } }] })
  const refused = [
    [{ binds: [`${out}:/h:ro`] }, '/binds/0'], [{ binds: [`${ROOT}/n//beside/../w/./out/:/h:ro`] }, '/binds/0'], [{ mounts: [{ type: 'bind', source: out, target: '/h', readOnly: true }] }, '/mounts/0/source'],
    [options(out), '/mounts/0/volumeOptions'], [{ binds: [`${volume}:/h:ro`] }, '/binds'], [{ mounts: [{ type: 'volume', source: volume, target: '/h', readOnly: true }] }, '/mounts']
  ] as const
  const allowed = [{ binds: [`${ROOT}/n:/h:ro`] }, { binds: [`${ROOT}/n/w:/h:ro`] }, { binds: [`${ROOT}/n/beside/x:/h:ro`] }, { volumesFrom: [`${donor}:ro`] }, options(`${ROOT}/n/w`)]
  for (const [user, names] of [['ann', undefined], ['ann', 'writer-*'], ['limits-writer', undefined]] as const) {
    const { id } = await grants.create({ user, role: 'limits-writer', hosts: ['loc*'], ...names === undefined ? {} : { match: { names: [names] } } })
    if (user === 'ann' && names === undefined) {
      t.match((await ann.post('/hosts/local/containers/run', { image, wait: true, remove: true, binds: [`${ROOT}/n/w:/x`], command: ['ln', '-sf', '/etc', '/x/out'] })).body, { exitCode: 0 })
    }
    for (const [spec, path] of refused) {
      const answer = await check(spec)
      t.match(answer, { allowed: false, refusals: [{ rule: 'limit:bindRoots', path, message: /a link there could lead anywhere/ }] }, `${user}: ${JSON.stringify(spec)}`)
      if (user !== 'ann') t.notMatch(answer.refusals[0]?.message, `${ROOT}/n/w,`, 'where others write is not told')
    }
    t.match((await ann.post('/hosts/local/volumes', { name: `${volume}-2`, options: { type: 'none', o: 'bind,ro', device: out } })).body, { status: 403, errors: [{ path: '/options' }] })
    for (const spec of allowed) t.match(await check(spec), { allowed: true }, `${user}: ${JSON.stringify(spec)}`)
    await grants.remove(id)
    t.match(await check({ binds: [`${out}:/h:ro`] }), { allowed: true }, 'once the grant is gone')
  }
  await grants.create({ user: 'limits-writer', role: 'limits-writer', hosts: ['other'] })
  t.match(await check({ binds: [`${out}:/h:ro`] }), { allowed: true }, 'on another host it is another folder')
})

t.test('below the engine\'s own folder whoever has a volume writes', async t => {
  const { DockerRootDir: root } = await ask(engine, 'GET', '/info') as { DockerRootDir: string }
  await makeVolume(VOLUME)
  await allow({ bindRoots: [{ path: dirname(root), readOnly: true }] })
  const { Mountpoint } = await ask(engine, 'GET', `/volumes/${VOLUME}`) as { Mountpoint: string }
  t.ok(Mountpoint.startsWith(`${root}/`))
  t.match(await check({ binds: [`${Mountpoint}/out:/h:ro`] }), { allowed: false, refusals: [{ path: '/binds/0', message: /others may write/ }] })
  t.match(await check({ binds: [`${dirname(root)}/beside:/h:ro`] }), { allowed: true })
})

t.test('what a caller calls an option is told as it is', async t => {
  await allow({})
  t.match(await check({ logConfig: { type: 'json-file', config: { constructor: 'x' } } }), { allowed: false, refusals: [{ path: '/logConfig/config/constructor' }] })
  t.match(await check({ logConfig: { type: 'json-file', config: { Memory: 'x' } } }), { allowed: false, refusals: [{ path: '/logConfig/config/Memory' }] })
})

t.test('one grant carries the whole call, and gives its defaults', async t => {
  const { services: { roles, grants } } = bed.gateway
  await allow({ capabilities: ['NET_ADMIN'] })
  await roles.create('limits-tracers', { operations: ['container.*'], limits: { capabilities: ['SYS_PTRACE'], pids: { default: 77 } } })
  const { id } = await grants.create({ user: 'ann', role: 'limits-tracers', hosts: ['local'], match: { labels: { limits: 'tracing' } } })
  t.match(await check({ capAdd: ['NET_ADMIN'] }), { allowed: true })
  t.match(await check({ capAdd: ['NET_ADMIN', 'SYS_PTRACE'] }), { allowed: false, refusals: [{ rule: 'limit:capabilities' }] }, 'not the one by one and the other by the other')
  t.equal((await ann.post('/hosts/local/containers', { image, name: NAME, command: ['true'], capAdd: ['SYS_PTRACE'] })).status, 201)
  t.equal(await lastRule(), `grant:${id}`)
  t.match(await inspect(NAME), { Config: { Labels: { limits: 'tracing' } }, HostConfig: { PidsLimit: 77 } }, 'with the label of the one that carried it')
  t.match((await admin.post('/grants/explain', { user: 'ann', operation: 'container.create', input: { host: 'local', image, privileged: true } })).body, { allowed: false, rule: 'limit:privileged', code: 'forbidden' })
  t.match((await ann.get('/auth/me')).body.access, [{ limits: { capabilities: ['NET_ADMIN'] } }, { limits: { capabilities: ['SYS_PTRACE'] } }])
})

t.test('a check is no way around the right to create', async t => {
  await allow({}, { operations: ['container.check', 'container.list'] })
  t.match(await check({}), { allowed: false, refusals: [{ rule: 'no-grant', path: '', message: /may not container\.create/ }] })
  t.match((await ann.post('/hosts/local/containers/check', { image, networks: { one: { gwPriority: 1 } } })).body, { allowed: false })
  if (!speaks('1.43')) t.match((await admin.post('/hosts/local/containers/check', { image, annotations: { a: 'b' } })).body, { status: 400, errors: [{ path: '/annotations' }] }, 'what this engine would not do is said here as well')
})

t.test('a volume that is there brings its options along, and so does a container its mounts', async t => {
  await allow({ bindRoots: [{ path: `${ROOT}/ok` }] })
  for (const [options, isAllowed] of [
    [{ type: 'none', o: 'bind', device: '/etc' }, false], [{ type: 'ext4', device: '/dev/sda1' }, false], [{ type: 'none', o: 'bind', device: `${ROOT}/ok` }, true], [{ type: 'tmpfs', device: 'tmpfs', o: 'size=1m' }, true], [undefined, true]
  ] as const) {
    await makeVolume(VOLUME, options)
    for (const spec of [{ binds: [`${VOLUME}:/x`] }, { mounts: [{ type: 'volume', source: VOLUME, target: '/x' }] }]) t.match(await check(spec), { allowed: isAllowed }, JSON.stringify([options, spec]))
    await removeVolume(VOLUME)
  }
  const other = bed.name('other')
  t.teardown(async () => { await clear(other) })
  await ask(engine, 'POST', `/containers/create?name=${other}`, { json: { Image: image, HostConfig: { Binds: ['/etc:/etc-of-the-host'] } } })
  t.match(await check({ volumesFrom: [`${other}:ro`] }), { allowed: false, refusals: [{ rule: 'limit:bindRoots', path: '/volumesFrom/0' }] })
})

t.test('execs, commits, builds, networks, volumes, and names of images', async t => {
  await allow({ images: ['mine/*'] })
  await ask(engine, 'POST', `/containers/create?name=${NAME}`, { json: { Image: image, Cmd: ['sleep', '60'] } })
  await call(engine, 'POST', `/containers/${NAME}/start`)
  spies.local.reset()
  const own = `/hosts/local/containers/${NAME}`
  const images = '/hosts/local/images'
  for (const [call, path] of [
    [ann.post(`${own}/exec`, { command: ['true'], privileged: true }), '/privileged'],
    [ann.post(`${own}/exec`, { command: ['true'], workingDir: '/proc/self/fd/7' }), '/workingDir'],
    [ann.post(`${own}/exec`, { command: ['true'], workingDir: '/x/../..' }), '/workingDir'],
    [ann.post(`${own}/commit`, { reference: 'others/x:1' }), '/reference'],
    [ann.post(`${images}/${encodeURIComponent(image)}/tag`, { reference: 'others/x' }), '/reference'],
    [ann.post(`${images}/pull`, { reference: 'others/x' }), '/reference'],
    [ann.post(`${images}/${encodeURIComponent(image)}/push`, {}), '/image'],
    [ann.upload('POST', `${images}/import?reference=others%2Fx`, new Uint8Array(1024)), '/reference'],
    [ann.upload('POST', `${images}/load`, new Uint8Array(1024)), ''],
    [ann.upload('POST', `${images}/build?tags=mine%2Fx`, new Uint8Array(1024)), ''],
    [ann.post('/hosts/local/networks', { name: NAME, driver: 'macvlan', options: { parent: 'eth0' } }), '/driver'],
    [ann.post('/hosts/local/networks', { name: NAME, options: { 'com.docker.network.bridge.name': 'docker0' } }), '/options/com.docker.network.bridge.name'],
    [ann.post('/hosts/local/networks', { name: NAME, ipam: { driver: 'dhcp' } }), '/ipam/driver'],
    [ann.post('/hosts/local/networks/bridge/connect', { container: NAME, driverOpts: { 'com.docker.network.endpoint.sysctls': 'x' } }), '/driverOpts'],
    [ann.post('/hosts/local/volumes', { name: VOLUME, options: { type: 'none', o: 'bind', device: '/' } }), '/options'],
    [ann.post('/hosts/local/volumes', { name: VOLUME, driver: 'vieux/sshfs' }), '/driver']
  ] as const) t.match((await call).body, { status: 403, code: 'forbidden', errors: [{ path }] }, path)
  t.same(spies.local.requests.filter(({ method }) => method !== 'GET'), [], 'the engine heard nothing but looks')
  await allow({})
  const build = async (query: string) => (await ann.upload('POST', `${images}/build?${query}`, new Uint8Array(1024))).body
  t.match(await build('networkMode=host'), { status: 403, errors: [{ path: '/networkMode' }] })
  t.match(await build('cgroupParent=/'), { status: 403, errors: [{ path: '/cgroupParent' }] })
  t.match(await build('securityOpt=seccomp%3Dunconfined'), { status: 403, errors: [{ path: '/securityOpt' }] })
  await allow({ memoryBytes: { max: 64e6 }, cpus: { max: 1 } })
  t.match(await build('memoryBytes=65000000'), { status: 403, errors: [{ path: '/memoryBytes' }, { path: '/cpuQuota' }] })
  t.match((await ann.post(`${own}/exec`, { command: ['true'], workingDir: '/tmp', user: 'root' })).body, { exitCode: 0 }, 'anybody inside may be had')
})

t.test('the host\'s network is meant by whatever leads to it', async t => {
  const [hosted, joining, apart] = ['hosted', 'joining', 'apart'].map(bed.name) as [string, string, string]
  const make = async (name: string, NetworkMode: string) => (await ask(engine, 'POST', `/containers/create?name=${name}`, { json: { Image: image, Cmd: ['sleep', '600'], HostConfig: { NetworkMode } } })).Id as string
  t.teardown(async () => { await clear(joining, hosted, apart) })
  const id = await make(hosted, 'host')
  await make(joining, `container:${hosted}`)
  await make(apart, 'none')
  const network = (await ask(engine, 'GET', '/networks/host')).Id as string
  const build = async (networkMode: string) => (await ann.upload('POST', `/hosts/local/images/build?${new URLSearchParams({ networkMode })}`, new Uint8Array(1024))).body
  const refusal = { status: 403, errors: [{ path: '/networkMode', message: /host's network namespace/ }] }
  for (const match of [undefined, { labels: { limits: 'hosted' } }]) {
    await allow({}, match === undefined ? {} : { match })
    for (const mode of [network, network.slice(0, 12), ...match === undefined ? [id, id.slice(0, 12), hosted, `/${hosted}`, joining].map(name => `container:${name}`) : []]) {
      t.match(await build(mode), match === undefined ? refusal : { status: /40[34]/ }, `build ${mode}`)
      t.match((await ann.post('/hosts/local/containers', { image, name: NAME, networkMode: mode })).body, match === undefined ? refusal : { status: /40[34]/ }, `create ${mode}`)
    }
  }
  await allow({})
  t.match((await ann.post('/hosts/local/containers', { image, name: NAME, networks: { [network.slice(0, 12)]: {} } })).body, { status: 403, errors: [{ path: `/networks/${network.slice(0, 12)}` }] })
  for (const name of ['host', network]) t.match((await ann.post(`/hosts/local/networks/${name}/connect`, { container: apart })).body, { status: 403, errors: [{ path: '/network' }] })
  for (const mode of [`container:${apart}`, 'none', 'default']) t.not((await build(mode)).status, 403, mode)
  spies.local.reset()
  await build(`container:${apart}`)
  t.match(spies.local.requests.map(({ url }) => url).find(url => url.includes('/build')), /networkmode=container%3A[0-9a-f]{64}/, 'by the full id')
  await allow({ namespaces: ['network'] })
  for (const mode of ['host', network, `container:${hosted}`]) t.not((await build(mode)).status, 403, mode)
})

t.test('of a network the engine chooses the addresses, unless they lie within what the role has', async t => {
  const make = async (pool: object, more = {}) => (await ann.post('/hosts/local/networks', { name: NAME, internal: true, ipam: { pools: [pool] }, ...more })).body
  const remove = async () => (await ann.delete(`/hosts/local/networks/${NAME}`)).status
  await allow({})
  t.match(await make({ subnet: '0.0.0.0/1' }), { status: 403, errors: [{ path: '/ipam/pools/0/subnet', message: /no addresses but those that the engine chooses/ }] })
  t.match(await make({ subnet: '10.213.9.0/24', ipRange: '10.213.9.0/25', gateway: '10.213.9.1', auxAddresses: { Router: '10.213.9.5' } }),
    { status: 403, errors: ['subnet', 'ipRange', 'gateway', 'auxAddresses/Router'].map(path => ({ path: `/ipam/pools/0/${path}` })) })
  t.match(await make({ subnet: '10.213.9.0/24' }, { configOnly: true }), { status: 403 }, 'nor for others to take')
  t.match(await make({}, { ipam: undefined }), { id: String })
  t.equal(await remove(), 204)
  await allow({ subnets: ['10.213.8.0/23', '2001:db8:5::/48'] })
  const v6 = '2001:db8:5:1::/64'
  t.match(await make({}, { enableIpv6: true, ipam: { pools: [{ subnet: '10.213.9.0/24', ipRange: '10.213.9.0/25', gateway: '10.213.9.1', auxAddresses: { Router: '10.213.9.5' } }, { subnet: v6 }] } }), { id: String })
  t.match((await ask(engine, 'GET', `/networks/${NAME}`)).IPAM.Config, [{ Subnet: '10.213.9.0/24', IPRange: '10.213.9.0/25' }, { Subnet: v6 }])
  t.equal(await remove(), 204)
  for (const [field, value] of [
    ['subnet', '10.213.10.0/24'], ['subnet', '10.213.8.0/22'], ['subnet', '10.213.8.1/0'], ['subnet', '::ffff:10.213.9.0/120'], ['subnet', '::ffff:0ad5:0900/24'], ['subnet', '2001:db8:5::/47'], ['subnet', '10.213.9.0'], ['subnet', '10.213.9.0/024'],
    ['ipRange', '10.213.0.0/16'], ['gateway', '10.213.10.1'], ['gateway', '10.213.9.1/8'], ['gateway', '2001:db8:5::1%eth0']
  ] as const) t.match(await make({ subnet: '10.213.9.0/24', [field]: value }), { status: 403, errors: [{ path: `/ipam/pools/0/${field}` }] }, value)
  t.match(await make({ subnet: '10.213.9.0/24', auxAddresses: { host: '192.0.2.1' } }), { status: 403, errors: [{ path: '/ipam/pools/0/auxAddresses/host', message: /10\.213\.8\.0\/23, 2001:db8:5::\/48/ }] })
})
