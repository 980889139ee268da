import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { tar } from '../../scripts/lib/tar.mjs'
import { Connection } from '../../src/engine/connection/connection.js'
import { ndjson, type Answer } from '../support/client.js'
import { image, privateEngine } from '../support/engines.js'
import { context } from '../support/examples.js'
import { startGateway } from '../support/gateway.js'
import { withoutOwnershipLabels } from '../support/without-ownership-labels.js'
import { leaveAfter, nothingUnderWay, soon } from '../support/leaving.js'
import { startSpy, type SeenRequest } from '../support/spy.js'
import { queryOf } from '../support/surfaces.js'

const run = promisify(execFile)
const engine = await privateEngine(t)
const { admin, spies, logged, services } = await startGateway(t, { engines: [engine, engine] })
const BUILD = '/hosts/local/images/build'

type Input = Readonly<Record<string, unknown>>
const header = (input: Input): Record<string, string> => ({ 'caisson-input': Buffer.from(JSON.stringify(input)).toString('base64url') })
const build = async (archive: Buffer, input: Input = {}): Promise<Answer> => await admin.upload('POST', BUILD, new Uint8Array(archive), header(input))
const lastOf = (answer: Answer) => answer.status >= 400 ? { type: 'refusal', problem: answer.body } : ndjson(answer.text).at(-1)
const containers = async (): Promise<Array<{ Id: string }>> => await ask(engine, 'GET', '/containers/json?all=true')

/** Each option of the command, how Caisson calls it, and under which name it comes to the engine. */
const OPTIONS: ReadonlyArray<{ flags: string[], input: Input, key: string }> = [
  { flags: ['--tag', 'both/a:1', '--tag', 'localhost:5000/both/b'], input: { tags: ['both/a:1', 'localhost:5000/both/b'] }, key: 't' },
  { flags: ['--file', 'other.Dockerfile'], input: { dockerfile: 'other.Dockerfile' }, key: 'dockerfile' },
  { flags: ['--build-arg', 'ONE=1', '--build-arg', 'TWO=a=b ü'], input: { buildArgs: { ONE: '1', TWO: 'a=b ü' } }, key: 'buildargs' },
  { flags: ['--target', 'first'], input: { target: 'first' }, key: 'target' },
  { flags: ['--no-cache'], input: { noCache: true }, key: 'nocache' },
  { flags: ['--label', 'a=b', '--label', 'c=d e'], input: { labels: { a: 'b', c: 'd e' } }, key: 'labels' },
  { flags: ['--network', 'none'], input: { networkMode: 'none' }, key: 'networkmode' },
  { flags: ['--add-host', 'one:10.0.0.1', '--add-host', 'two:10.0.0.2'], input: { extraHosts: ['one:10.0.0.1', 'two:10.0.0.2'] }, key: 'extrahosts' },
  { flags: ['--cache-from', image], input: { cacheFrom: [image] }, key: 'cachefrom' },
  { flags: ['--memory', '64m'], input: { memoryBytes: 64 * 1024 * 1024 }, key: 'memory' },
  { flags: ['--memory-swap', '-1'], input: { memorySwapBytes: -1 }, key: 'memswap' },
  { flags: ['--cpu-shares', '512'], input: { cpuShares: 512 }, key: 'cpushares' },
  { flags: ['--cpuset-cpus', '0'], input: { cpusetCpus: '0' }, key: 'cpusetcpus' },
  { flags: ['--cpuset-mems', '0'], input: { cpusetMems: '0' }, key: 'cpusetmems' },
  { flags: ['--cpu-period', '50000'], input: { cpuPeriod: 50_000 }, key: 'cpuperiod' },
  { flags: ['--cpu-quota', '25000'], input: { cpuQuota: 25_000 }, key: 'cpuquota' },
  { flags: ['--shm-size', '16m'], input: { shmSizeBytes: 16 * 1024 * 1024 }, key: 'shmsize' },
  { flags: ['--ulimit', 'nofile=100:200', '--ulimit', 'nproc=50'], input: { ulimits: [{ name: 'nofile', soft: 100, hard: 200 }, { name: 'nproc', soft: 50, hard: 50 }] }, key: 'ulimits' },
  { flags: ['--cgroup-parent', '/both'], input: { cgroupParent: '/both' }, key: 'cgroupparent' },
  { flags: ['--force-rm'], input: { forceRemove: true }, key: 'forcerm' }
]

/** What the engine of the tests refuses, or the registry that it would ask: it comes to the engine all the same. */
const REFUSED: typeof OPTIONS = [
  // With a platform the gateway gives the names itself, when it has looked at the image.
  { flags: ['--platform', 'linux/amd64'], input: { platform: 'linux/amd64' }, key: 'platform' },
  { flags: ['--pull'], input: { pull: true }, key: 'pull' },
  { flags: ['--isolation', 'process'], input: { isolation: 'process' }, key: 'isolation' },
  { flags: ['--security-opt', 'credentialspec=x'], input: { securityOpt: ['credentialspec=x'] }, key: 'securityopt' },
  { flags: ['--rm=false'], input: { remove: false, forceRemove: false }, key: 'rm' }
]

/** Options that are the command's own, or answered by the gateway. */
const NOT_THE_ENGINES: Readonly<Record<string, string>> = {
  compress: 'an upload is a plain tar',
  'disable-content-trust': 'a check that the command makes',
  iidfile: 'a file of the caller\'s',
  squash: 'the command asks no engine without experimental features; see the refusal below',
  quiet: 'the gateway leaves the lines out; the engine would say nothing at all until the end'
}

const DOCKERFILE = `FROM ${image} AS first
ARG ONE
ARG TWO
ENV SEEN=$ONE-$TWO
RUN echo "$TWO" > /two; ulimit -n; cat /proc/self/cgroup /etc/hosts
FROM first
ENV STAGE=second
`

/** What the command asked the engine for. */
async function theCommand (t: Test, options: typeof OPTIONS): Promise<SeenRequest | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'caisson-context-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  const spy = await startSpy(engine.socketPath)
  t.teardown(async () => { await spy.close() })
  for (const name of ['Dockerfile', 'other.Dockerfile']) await writeFile(join(folder, name), DOCKERFILE)
  const words = ['build', '--iidfile', join(folder, 'id'), ...options.flatMap(({ flags }) => flags), '.']
  await run('docker', words, { cwd: folder, env: { ...process.env, DOCKER_HOST: spy.url, DOCKER_BUILDKIT: '0' } }).catch((error: Error) => { t.comment(error.message) })
  return spy.requests.find(isBuild)
}

interface Test { teardown (undo: () => Promise<void>): unknown, comment (text: string): unknown }

const isBuild = ({ url }: SeenRequest) => /^(\/v1\.\d+)?\/build\?/.test(url)

/** A parameter of the engine's, however its JSON is written. */
function parameter (request: SeenRequest | undefined, key: string): unknown {
  const values = new URL(request?.url ?? '', 'http://engine').searchParams.getAll(key)
  try { return values.map(value => JSON.parse(value) as unknown) } catch { return values }
}

const ours = Buffer.from(tar(['Dockerfile', 'other.Dockerfile'].map(path => ({ path, data: DOCKERFILE }))))
const together = (options: typeof OPTIONS): Input => Object.assign({}, ...options.map(({ input }) => input))

t.test('the command and Caisson ask the engine for the same, option by option', async t => {
  const request = await theCommand(t, OPTIONS)
  const visible = async () => {
    const { Config: { Env, Labels }, RepoTags } = await ask(engine, 'GET', '/images/both%2Fa:1/json')
    return { Env, Labels, RepoTags: [...RepoTags].sort() }
  }
  const theirs = await visible()
  await call(engine, 'DELETE', '/images/both%2Fa:1?force=true')
  spies.local.reset()
  const end = lastOf(await build(ours, together(OPTIONS)))
  t.match(end, { type: 'end', result: { id: /^sha256:/, tags: ['both/a:1', 'localhost:5000/both/b'] } })
  const own = await spies.local.seen(isBuild)
  for (const { key, flags } of OPTIONS) {
    t.same(key === 'labels' ? (parameter(own, key) as Array<Record<string, string>>).map(withoutOwnershipLabels) : parameter(own, key), parameter(request, key), flags.join(' '))
    t.not(JSON.stringify(parameter(own, key)), '[]', `${key} is there`)
  }
  const image = await visible()
  t.same({ ...image, Labels: withoutOwnershipLabels(image.Labels) }, theirs, 'and the images are alike')
  t.match(image, { Labels: { a: 'b', c: 'd e' }, RepoTags: ['both/a:1', 'localhost:5000/both/b:latest'] })
  t.ok(image.Env.includes('SEEN=1-a=b ü'))
  t.notOk(image.Env.includes('STAGE=second'), 'the stage that was asked for')

  for (const option of REFUSED) {
    const request = await theCommand(t, [option])
    spies.local.reset()
    await build(ours, option.input)
    t.same(parameter(await spies.local.seen(isBuild), option.key), parameter(request, option.key), option.flags.join(' '))
  }
  for (const { Id } of await containers()) await call(engine, 'DELETE', `/containers/${Id}`) // of --rm=false
})

t.test('no option of the command is missing', async t => {
  const { stdout } = await run('docker', ['build', '--help'], { env: { ...process.env, DOCKER_BUILDKIT: '0' } })
  const known = new Set([...[...OPTIONS, ...REFUSED].flatMap(({ flags }) => flags).map(flag => flag.replace(/^--|=.*$/g, '')), ...Object.keys(NOT_THE_ENGINES)])
  const options = [...stdout.matchAll(/^ {2,}(?:-\w, )?--([\w-]+)/gm)].map(([, name]) => name ?? '')
  t.ok(options.length > 20)
  t.same(options.filter(name => !known.has(name)), [])
})

t.test('the limits of a step are those that were asked for', async t => {
  const input = { memoryBytes: 64 * 1024 * 1024, cpuShares: 512, cpuQuota: 25_000, cpuPeriod: 50_000, shmSizeBytes: 16 * 1024 * 1024, networkMode: 'none', ulimits: [{ name: 'nofile', soft: 100, hard: 200 }] }
  const building = leaveAfter(admin, 'POST', BUILD, () => false, upload(context(`FROM ${image}\nRUN sleep 1; ulimit -n; df /dev/shm | tail -1\n`), { ...input, noCache: true }))
  let limits: unknown
  t.ok(await soon(async () => {
    const [running] = await containers()
    // It may be the last step's, which is gone by now.
    const { status, text } = running === undefined ? { status: 404, text: '' } : await call(engine, 'GET', `/containers/${running.Id}/json`)
    if (status === 200) limits = JSON.parse(text).HostConfig
    return limits !== undefined
  }))
  t.match(limits, { Memory: input.memoryBytes, CpuShares: 512, CpuQuota: 25_000, CpuPeriod: 50_000, ShmSize: input.shmSizeBytes, NetworkMode: 'none', Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 200 }] })
  const steps = ndjson(await building).map(({ text }) => text)
  t.ok(steps.includes('100'), 'as the step itself sees it')
  t.ok(steps.some(text => /^shm\s+16384 /.test(text)))
})

const upload = (archive: Buffer, input: Input = {}) =>
  ({ body: new Uint8Array(archive), headers: { 'content-type': 'application/x-tar', ...header(input) } })

t.test('lines are whole, characters too, and the end says what was built', async t => {
  const script = 'printf "ä"; sleep 0.3; printf "öü\\n"; sleep 0.3; printf "no end"; sleep 0.3; echo warned >&2'
  const events = ndjson((await build(context(`FROM ${image}\nRUN ${script}\n`), { noCache: true })).text)
  const steps = events.filter(({ type }) => type === 'step').map(({ text }) => text)
  // The last one is the gateway's own label.
  t.equal(steps[0], `Step 1/3 : FROM ${image}`)
  t.ok(steps.includes('äöü'), steps.join('|'))
  t.ok(steps.every(text => !text.includes('\n')))
  const { id } = events.at(-1).result
  t.match(events.at(-1), { type: 'end', reason: 'complete', result: { tags: [] } })
  t.equal((await admin.get(`/hosts/local/images/${id}`)).body.id, id)
  const quiet = ndjson((await build(context(`FROM ${image}\nRUN ${script}\n`), { quiet: true })).text)
  t.match(quiet, [{ type: 'end', reason: 'complete', result: { id, tags: [], upload: { entries: 1, unterminated: false } } }], 'quiet tells the end alone, and the cache is used')
})

t.test('a step that fails leaves nothing', async t => {
  const answer = await build(context(`FROM ${image}\nRUN echo nearly; exit 7\n`), { noCache: true, tags: ['half:made'] })
  t.equal(answer.status, 200)
  const events = ndjson(answer.text)
  t.ok(events.some(({ text }) => text === 'nearly'))
  t.match(events.at(-1), { type: 'error', problem: { code: 'unprocessable', status: 422, detail: /exit 7.*returned a non-zero code: 7/ } })
  t.same(await containers(), [])
  t.equal((await admin.get('/hosts/local/images/half:made')).status, 404)
})

t.test('a client that leaves cancels the build', async t => {
  const open = spies.local.open
  const seen = await leaveAfter(admin, 'POST', BUILD, text => text.includes('now'), upload(context(`FROM ${image}\nRUN echo now; sleep 600\n`), { noCache: true }))
  t.match(seen, 'now')
  t.ok(await soon(async () => (await containers()).length === 0), 'the step\'s container is gone')
  t.ok(await nothingUnderWay(spies.local, open), `${spies.local.open} connections, ${open} before`)
  await services.journal.flush()
  t.match((await services.journal.list({ limit: 1 })).items, [{ operation: 'image.build', stage: 'completed', outcome: { end: 'client-left' } }])

  const before = (await ask(engine, 'GET', '/images/json?all=true')).length
  const controller = new AbortController()
  const body = new ReadableStream({ start (stream) { stream.enqueue(new Uint8Array(ours.subarray(0, 700))) } })
  spies.local.reset()
  const answer = admin.fetch(admin.address(BUILD), { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/x-tar' }, signal: controller.signal } as RequestInit).catch(() => {})
  await spies.local.seen(isBuild)
  controller.abort()
  await answer
  t.ok(await nothingUnderWay(spies.local, open), 'and one that leaves in the middle of its upload')
  t.equal((await ask(engine, 'GET', '/images/json?all=true')).length, before)
})

t.test('a step may be silent for longer than an upload may stand still', async t => {
  const connection = new Connection('local', { socketPath: engine.socketPath }, services.metrics)
  t.teardown(() => { connection.close() })
  const request = { method: 'POST', path: '/build', headers: { 'Content-Type': 'application/x-tar' }, deadlineMs: 1000 } as const
  const silent = context(`FROM ${image}\nRUN sleep 3; echo done\n`)
  const answer = await connection.open({ ...request, query: { nocache: '1', forcerm: '1' }, body: Readable.from([silent]) })
  t.match(await text(answer), /done.*Successfully built/s)
  const stuck = new Readable({ read () {} })
  stuck.push(silent.subarray(0, 600))
  await t.rejects(connection.open({ ...request, body: stuck }), { code: 'host-timeout' }, 'an upload may not')
})

t.test('contexts that are no good', async t => {
  const refused = async (archive: Buffer, what: string, expected: object, input: Input = {}) => {
    t.match(lastOf(await build(archive, input)), { problem: expected }, what)
  }
  await refused(tar([{ path: 'README', data: 'nothing to build' }]), 'no Dockerfile', { detail: /Dockerfile/ })
  await refused(context('THIS is no instruction\n'), 'no Dockerfile inside', { code: 'unprocessable', status: 422, detail: /unknown instruction: THIS/ })
  await refused(context(`FROM ${image}\nCOPY nothing /\n`), 'a file that is not there', { detail: /nothing/ })
  await refused(context('FROM localhost:1/nothing\n'), 'a base that cannot be pulled', { detail: /localhost:1/ })
  await refused(Buffer.from('no tar at all, '.repeat(100)), 'no tar', { detail: /./ })
  await refused(context(`FROM ${image}\n`).subarray(0, 520), 'a tar that is cut off', { detail: /cut off/ })
  await refused(ours, 'an option that does not fit', { code: 'invalid-input', errors: [{ path: '/tags/0', message: /in lower case/ }] }, { tags: ['Upper'] })
  await refused(ours, 'a context from elsewhere', { code: 'invalid-input', errors: [{ path: '/remote' }] }, { remote: 'http://169.254.169.254/' })
  await refused(ours, 'BuildKit', { code: 'invalid-input', errors: [{ path: '/outputs' }] }, { outputs: [] })
  await refused(ours, 'a stage that is not there', { detail: /no-such-stage/ }, { target: 'no-such-stage' })
  await refused(ours, 'a platform of no kind', { code: 'invalid-input' }, { platform: '../x' })
  t.same(await containers(), [])
})

t.test('a refusal that comes before a large upload is through', async t => {
  const zeros = Buffer.alloc(1024 * 1024)
  const body = Readable.toWeb(Readable.from(async function * () { for (let i = 0; i < 64; i++) yield zeros }())) as ReadableStream<Uint8Array>
  const answer = await admin.upload('POST', `${BUILD}?squash=true`, body)
  t.match(answer, { status: 400, body: { code: 'invalid-input', detail: /experimental/ } })
})

t.test('secrets are taken from the header alone, and kept nowhere', async t => {
  const canary = `canary-${process.pid}-build`
  const address = `${BUILD}${queryOf({ buildArgs: { TOKEN: canary } })}`
  t.match(await admin.upload('POST', address, new Uint8Array(ours)), { status: 400, body: { errors: [{ path: '/buildArgs' }] } })
  const input = { buildArgs: { ONE: canary }, registryAuth: { 'localhost:5000': { username: 'tester', password: canary } }, noCache: true }
  t.equal(lastOf(await build(ours, input)).type, 'end')
  await services.journal.flush()
  t.notMatch(JSON.stringify((await services.journal.list({ limit: 100 })).items), canary)
  t.notMatch(logged.filter(line => !line.includes('buildArgs=TOKEN')).join(''), canary)
})
