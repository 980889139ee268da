/** Create, run, update and list beyond what the comparison with the `docker` command shows. */
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { here, speaks } from '../support/differences.js'
import { engines, image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const [engine] = engines
const { admin, spies, services } = await startGateway(t)
const run = promisify(execFile)
const own = (name: string) => `boxes-${name}-${process.pid}`
const CREATE = '/hosts/local/containers'
const RUN = '/hosts/local/containers/run'

interface Scope { teardown (undo: () => Promise<unknown>): unknown }

const removed = (t: Scope, name: string) => t.teardown(async () => await admin.delete(`${CREATE}/${name}?force=true&volumes=true`))

async function network (t: Scope, name: string, subnet: string): Promise<string> {
  const { status, text } = await call(engine, 'POST', '/networks/create', { json: { Name: own(name), IPAM: { Config: [{ Subnet: subnet }] } } })
  if (status !== 201) throw new Error(text)
  t.teardown(async () => await call(engine, 'DELETE', `/networks/${own(name)}`))
  return own(name)
}

/** What newer engines take. */
const BEFORE_1_44 = [
  [{ mounts: [{ type: 'bind', source: '/a', target: '/a', bindOptions: { readOnlyForceRecursive: true } }] }, '/mounts/0/bindOptions/readOnlyForceRecursive'],
  [{ networks: { a: {}, b: { macAddress: '92:d0:c6:0a:29:33' } } }, '/networks']
] as const

t.test('what does not fit is told field by field, before the engine hears of it', async t => {
  for (const [spec, path] of [
    [{ colour: 'red' }, '/colour'],
    [{ env: { 'A=B': 'x' } }, '/env/A=B'],
    [{ labels: { 'a\nb': 5 } }, '/labels/a\nb'],
    [{ ports: [{ containerPort: 0 }] }, '/ports/0/containerPort'],
    [{ ports: [{ containerPort: 80, hostPort: 70_000 }] }, '/ports/0/hostPort'],
    [{ ports: [{ containerPort: 80, hostPortEnd: 90 }] }, '/ports'],
    [{ ports: [{ containerPort: 80, hostPort: 90, hostPortEnd: 80 }] }, '/ports'],
    [{ ports: [{ containerPort: 80, containerPortEnd: 79 }] }, '/ports'],
    [{ expose: [{ containerPort: 80, containerPortEnd: 79 }] }, '/expose'],
    [{ ports: [{ containerPort: 80, hostIp: 'localhost' }] }, '/ports'],
    [{ mounts: [{ type: 'floppy', target: '/a' }] }, '/mounts/0/type'],
    [{ mounts: [{ type: 'tmpfs', target: '/a', volumeOptions: { noCopy: true } }] }, '/mounts'],
    [{ healthcheck: { disable: true, retries: 2 } }, '/healthcheck'],
    [{ networks: { 'a/../b': {} } }, '/networks'],
    [{ networks: { a: { macAddress: '92:d0:c6:0a:29:33' } }, macAddress: '92:d0:c6:0a:29:34' }, '/macAddress'],
    [{ memorySwappiness: 101 }, '/memorySwappiness'],
    [{ memoryBytes: 2 ** 60 }, '/memoryBytes'],
    [{ devices: [{ pathOnHost: '/dev/null', cgroupPermissions: 'x' }] }, '/devices/0/cgroupPermissions'],
    [{ pull: 'sometimes' }, '/pull'],
    [{ platform: 'Linux' }, '/platform'],
    ...(speaks('1.44') ? [] : BEFORE_1_44)
  ] as const) {
    const { status, body } = await admin.post(CREATE, { image, ...spec })
    t.match({ status, code: body.code, path: body.errors?.[0]?.path }, { status: 400, code: 'invalid-input', path }, JSON.stringify(spec))
  }
  t.notOk(spies.local.requests.some(({ url }) => url.includes('/containers/create')), 'the engine was not asked')
  t.match(await admin.post(RUN, { image, timeoutSeconds: 5 }), { status: 400, body: { errors: [{ path: '/timeoutSeconds' }] } })
  t.match(await admin.post(RUN, { image, autoRemove: true }), { status: 400, body: { errors: [{ path: '/autoRemove' }] } })
})

t.test('the engine\'s refusals keep its words', async t => {
  const name = own('taken')
  removed(t, name)
  t.equal((await admin.post(CREATE, { image, name })).status, 201)
  t.match(await admin.post(CREATE, { image, name }), { status: 409, body: { code: 'conflict', detail: /is already in use by container/ } })
  t.match(await admin.post(CREATE, { image, networks: { [own('nowhere')]: { aliases: ['a'] } }, name: own('lost') }), { status: 201 }, 'engines look for a network at the start only')
  t.match(await admin.post(`${CREATE}/${own('lost')}/start`), { status: 404, body: { detail: /network .* not found/ } })
  removed(t, own('lost'))
})

t.test('two networks', async t => {
  const [first, second] = [await network(t, 'one', '10.78.1.0/24'), await network(t, 'two', '10.78.2.0/24')]
  const name = own('both')
  removed(t, name)
  const { status, text } = await admin.post(RUN, { image, name, command: ['sleep', '100'], networks: { [second]: { aliases: ['b'] }, [first]: { aliases: ['a'], ipv4Address: '10.78.1.9' } } })
  t.equal(status, 201, text)
  const { body } = await admin.get(`${CREATE}/${name}`)
  const byName = new Map(body.networks.map((one: { name: string }) => [one.name, one]))
  t.same([...byName.keys()].sort(), [first, second].sort(), 'these and no other')
  t.match(byName.get(first), { ipv4Address: '10.78.1.9', ipv4PrefixLength: 24, ipv4Gateway: '10.78.1.1', networkId: /^[0-9a-f]{64}$/, macAddress: here('macAddress') })
  t.ok((byName.get(first) as { aliases: string[] }).aliases.includes('a'))
  t.equal(body.networkMode, second, 'created on the first one')

  const half = own('half')
  const refused = await admin.post(CREATE, { image, name: half, networks: { [first]: {}, host: {} } })
  t.match(refused, { status: 400, body: { detail: /host is no network but a mode/ } })
  t.equal((await admin.get(`${CREATE}/${half}`)).status, 404, 'nothing half-made stays')
  for (const networks of [{ [first]: {}, [own('nowhere')]: {} }, { [first]: {}, [second]: { ipv4Address: '10.99.0.1' } }]) {
    const { status, text } = await admin.post(RUN, { image, name: half, networks, command: ['sleep', '100'] })
    t.ok(status >= 400, text)
    t.equal((await admin.get(`${CREATE}/${half}`)).status, 404, 'the engine looks at the start; that leaves nothing either')
  }
})

t.test('credentials go to the registry\'s pull and nowhere else', async t => {
  spies.local.reset()
  const registryAuth = { username: 'ann', password: 'canary-5f1c' }
  const { status, text } = await admin.post(CREATE, { image: 'localhost:1/caisson-test/private:1', platform: 'linux/arm64', registryAuth })
  t.ok(status >= 500, text)
  t.notMatch(text, 'canary')
  const pulls = spies.local.requests.filter(({ url }) => url.includes('/images/create'))
  t.equal(pulls.length, 1)
  t.match(decodeURIComponent(pulls[0]?.url ?? ''), 'platform=linux/arm64')
  t.match(decodeURIComponent(spies.local.requests.find(({ url }) => url.includes('/containers/create'))?.url ?? ''), 'platform=linux/arm64')
  t.notMatch(JSON.stringify((await admin.get('/audit?limit=10')).body), 'canary')
  t.match(await admin.post(CREATE, { image: 'localhost:1/caisson-test/private:1', pull: 'never' }), { status: 404, body: { detail: /No such image/ } })
})

t.test('update', async t => {
  const name = own('changed')
  removed(t, name)
  await admin.post(RUN, { image, name, command: ['sleep', '100'], memoryBytes: 64 << 20 })
  const update = async (changes: object) => await admin.patch(`${CREATE}/${name}`, changes)
  const { status, body } = await update({ memoryBytes: 128 << 20, memorySwapBytes: 256 << 20, cpuShares: 512, cpus: 0.5, pidsLimit: 99, restartPolicy: { name: 'on-failure', maximumRetryCount: 2 } })
  t.equal(status, 200, JSON.stringify(body))
  t.ok(Array.isArray(body.warnings))
  const changed = { memoryBytes: 128 << 20, cpuShares: 512, cpus: 0.5, pidsLimit: 99, restartPolicy: { name: 'on-failure', maximumRetryCount: 2 } }
  t.match((await admin.get(`${CREATE}/${name}`)).body, changed)
  t.equal((await update({ cpuShares: 256 })).status, 200)
  t.match((await admin.get(`${CREATE}/${name}`)).body, { ...changed, cpuShares: 256 }, 'what is not given stays')
  t.equal((await update({ pidsLimit: -1 })).status, 200)
  t.notOk('pidsLimit' in (await admin.get(`${CREATE}/${name}`)).body, 'and a limit that can go is gone')
  t.match(await update({ cpuQuota: 50_000 }), { status: 409, body: { detail: /Conflicting options/ } })
  t.match(await update({}), { status: 400, body: { detail: /one of its fields/ } })
  t.match(await update({ memoryBytes: 0 }), { status: 400, body: { errors: [{ path: '/memoryBytes' }] } })
  t.match(await update({ blkioDeviceReadBps: [{ path: '/dev/null', rate: 5 }] }), { status: 400, body: { detail: /API 1\.55/ } })
  t.match(await update({ hostname: 'x' }), { status: 400, body: { errors: [{ path: '/hostname' }] } })
  t.match(await admin.patch(`${CREATE}/${own('nobody')}`, { cpuShares: 5 }), { status: 404, body: { detail: `no such container: ${own('nobody')}` } })
})

t.test('list: every filter', async t => {
  const [older, newer] = [own('older'), own('newer')]
  for (const name of [older, newer]) removed(t, name)
  const first = (await admin.post(CREATE, { image, name: older, expose: [{ containerPort: 7777 }], labels: { boxes: older } })).body.id
  await admin.post(RUN, { image, name: newer, command: ['sleep', '100'], volumes: ['/boxes'], expose: [{ containerPort: 7779 }], ports: [{ containerPort: 7778, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 17_778 }, { containerPort: 7780, hostIp: '127.0.0.1', hostPort: 17_780 }], labels: { boxes: newer } })
  const names = async (query: string) => {
    const { status, body, text } = await admin.get(`${CREATE}?all=true&name=${process.pid}&${query}`)
    return status === 200 ? body.items.map(({ name }: { name: string }) => name).filter((name: string) => [older, newer].includes(name)) : text
  }
  const byCommand = async (filter: string) => {
    const { stdout } = await run('docker', ['ps', '-a', '--filter', filter, '--format', '{{.Names}}'], { env: { ...process.env, DOCKER_HOST: `unix://${engine.socketPath}` } })
    return stdout.split('\n').filter(name => [older, newer].includes(name))
  }
  t.same(await names('size=false'), [newer, older])
  t.same(await names(`since=${older}`), [newer])
  t.same(await names(`before=${newer}`), [older])
  t.same(await names(`id=${first.slice(0, 20)}`), [older])
  const byPort = {
    'expose=7777': [],
    'expose=7778/udp': [newer],
    'expose=7778': [],
    'expose=7779': [newer],
    'expose=7770-7780': [newer],
    'publish=17778/udp': [newer],
    'publish=17778': [],
    'publish=7778/udp': [],
    'publish=17770-17780': [newer],
    'publish=17781-17790': []
  }
  for (const [filter, found] of Object.entries(byPort)) {
    t.same(await names(filter), found, filter)
    t.same(await byCommand(filter), found, `${filter}: as \`docker ps\` has it`)
  }
  t.same(await names('publish=17780&expose=7780&last=1'), [newer])
  t.same(await names('publish=17780&expose=7781'), [], 'each filter has to fit')
  for (const word of ['nope', '80-70', '70000', '0', '80/icmp']) t.match(await admin.get(`${CREATE}?publish=${word}`), { status: 400, body: { errors: [{ path: /^.publish.0$/ }] } }, word)
  t.same(await names('isTask=true'), [])
  t.same(await names('isTask=false'), [newer, older])
  t.same(await names('isolation=default'), await names('isolation=process').then(() => [newer, older]))
  t.same(await names('volume=/boxes'), [newer])
  t.same(await names('status=created'), [older])
  t.same(await names(`label=boxes=${older}`), [older])
  t.same(await names(`ancestor=${image}&network=bridge&status=running`), [newer])
  t.match(await names(`before=${own('nobody')}`), /no such container/i)
  t.match(await names('colour=red'), /is not an input/)
  const { body } = await admin.get(`${CREATE}?size=true&id=${first}&all=true`)
  t.ok(body.items[0].sizeRootFsBytes > 100_000 && body.items[0].sizeRwBytes === here('emptyLayerBytes'), JSON.stringify(body.items[0]))
  t.notOk('sizeRootFsBytes' in (await admin.get(`${CREATE}?id=${first}&all=true`)).body.items[0])
})

t.test('inspect tells what a person asks', async t => {
  const name = own('told')
  removed(t, name)
  const { status, text } = await admin.post(RUN, {
    image,
    name,
    command: ['sleep', '100'],
    stopSignal: 'SIGINT',
    stopTimeoutSeconds: 3,
    healthcheck: { test: ['CMD-SHELL', 'echo ill; exit 1'], intervalSeconds: 0.2, retries: 2 },
    logConfig: { type: 'local', config: { 'max-size': '1m' } },
    ulimits: [{ name: 'nofile', soft: 100, hard: 200 }],
    ports: [{ containerPort: 80, hostIp: '127.0.0.1' }],
    mounts: [{ type: 'volume', source: own('data'), target: '/data', readOnly: true }],
    capDrop: ['mknod'],
    shmSizeBytes: 1 << 20
  })
  t.equal(status, 201, text)
  let body
  for (let tries = 0; tries < 50; tries++) {
    body = (await admin.get(`${CREATE}/${name}`)).body
    if (body.state.health?.status === 'unhealthy') break
    await sleep(200)
  }
  t.match(body, {
    state: { status: 'running', running: true, restarting: false, dead: false, health: { status: 'unhealthy', log: [{ exitCode: 1, output: 'ill\n', startedAt: /Z$/, endedAt: /Z$/ }] } },
    path: 'sleep',
    args: ['100'],
    stopSignal: 'SIGINT',
    stopTimeoutSeconds: 3,
    healthcheck: { test: ['CMD-SHELL', 'echo ill; exit 1'], intervalSeconds: 0.2, retries: 2 },
    logDriver: 'local',
    logOptions: { 'max-size': '1m' },
    ulimits: [{ name: 'nofile', soft: 100, hard: 200 }],
    ports: [{ containerPort: 80, protocol: 'tcp', hostIp: '127.0.0.1', hostPort: Number }],
    mounts: [{ type: 'volume', target: '/data', readOnly: true, driver: 'local' }],
    capDrop: ['CAP_MKNOD'],
    shmSizeBytes: 1 << 20,
    restartPolicy: { name: 'no', maximumRetryCount: 0 },
    autoRemove: false,
    networks: [{ name: 'bridge', ipv4Address: String }]
  })
  t.ok(body.state.health.failingStreak >= 2)
})

t.test('run', async t => {
  const gone = async (name: string) => {
    for (let tries = 0; tries < 100; tries++) {
      if ((await admin.get(`${CREATE}/${name}`)).status === 404) return true
      await sleep(100)
    }
    return false
  }
  t.match((await admin.post(RUN, { image, command: ['cat'], wait: true, remove: true, timeoutSeconds: 20 })).body, { exitCode: 0, stdout: '', timedOut: false }, 'its standard input is empty')
  t.match((await admin.post(RUN, { image, command: ['tty'], tty: true, wait: true, remove: true })).body, { exitCode: 0, stdout: /^\/dev\//, stderr: '' })
  const errors = await admin.post(RUN, { image, command: ['sh', '-c', 'yes | head -c 1500000 >&2; echo done'], wait: true, remove: true })
  t.match({ stdout: errors.body.stdout, length: errors.body.stderr.length, truncated: errors.body.truncated }, { stdout: 'done\n', length: 1024 * 1024, truncated: true }, 'a bound on each')

  const kept = own('kept')
  removed(t, kept)
  t.match((await admin.post(RUN, { image, name: kept, command: ['sh', '-c', 'exit 3'], wait: true })).body, { name: kept, exitCode: 3 })
  t.match((await admin.get(`${CREATE}/${kept}`)).body, { state: { status: 'exited', exitCode: 3 }, autoRemove: false }, 'without remove it stays')

  const swift = own('swift')
  t.equal((await admin.post(RUN, { image, name: swift, command: ['true'], remove: true })).status, 201)
  t.ok(await gone(swift), 'the engine removes it when nobody waits')

  for (const command of [['/no/such/program'], ['no-such-program'], ['/etc/passwd']]) {
    for (const wait of [false, true]) {
      const name = own('fails')
      const { status, body } = await admin.post(RUN, { image, name, command, wait })
      t.match({ status, detail: body.detail }, { status: 400, detail: /no such file|not found|permission denied/ }, `${command.join()}: the engine's words`)
      t.ok(await gone(name), 'what could not be started is gone')
    }
  }

  const leaving = async (spec: object): Promise<string> => {
    const name = own(`left-${Object.keys(spec)[0] ?? 'alone'}`)
    removed(t, name)
    const controller = new AbortController()
    const waiting = admin.fetch(admin.address(RUN), { method: 'POST', signal: controller.signal, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ image, name, command: ['sleep', '100'], wait: true, ...spec }) })
    for (let tries = 0; tries < 50 && (await admin.get(`${CREATE}/${name}`)).body.state?.running !== true; tries++) await sleep(100)
    controller.abort()
    await t.rejects(waiting)
    return name
  }
  t.ok(await gone(await leaving({ remove: true })), 'with remove it goes when its client does')
  const stays = await leaving({})
  const timed = await leaving({ timeoutSeconds: 3 })
  for (let tries = 0; tries < 60 && (await admin.get(`${CREATE}/${timed}`)).body.state.running === true; tries++) await sleep(100)
  t.match((await admin.get(`${CREATE}/${timed}`)).body.state, { status: 'exited', exitCode: 137 }, 'its time is over, whoever waits')
  t.equal((await admin.get(`${CREATE}/${stays}`)).body.state.running, true, 'without remove it is left alone')
  await services.journal.flush()
  const { items } = await services.journal.list({ limit: 50, operation: 'container.run' })
  t.equal(items.filter(({ target, outcome }) => [stays, timed].includes(target?.name ?? '') && outcome?.end === 'client-left').length, 2, 'and no host is blamed')
})
