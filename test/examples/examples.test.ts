import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { root } from '../../scripts/lib/setup.mjs'
import { image } from '../support/engines.js'
import { ADMIN_PASSWORD, startGateway } from '../support/gateway.js'

const TSX = ['--import', import.meta.resolve('tsx')]
/** An example takes four seconds, or ten beside other tests. */
const PATIENCE_MS = 60_000
const typescript = (file: string, ...rest: string[]) => [process.execPath, ...TSX, join(root, 'examples', file), ...rest] as const

t.test('every example does what its first lines say, and leaves nothing behind', async t => {
  const { url, admin } = await startGateway(t)
  const folder = await mkdtemp(join(tmpdir(), 'caisson-examples-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))

  /** One that hangs is ended, so that the test tells what it said until then, and how its containers stand. */
  async function example ([program, ...rest]: readonly [string, ...string[]], env: Record<string, string> = {}) {
    const child = spawn(program, rest, { cwd: folder, env: { ...process.env, CAISSON_URL: url, CAISSON_PASSWORD: ADMIN_PASSWORD, ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS })
    const [output, errors, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    if (signal !== null) throw new Error(`${program} ${rest.join(' ')} was still there after ${PATIENCE_MS} ms: ${JSON.stringify({ output, errors, containers: await containers() })}`)
    return { code, output, errors }
  }
  /** What the examples made: others use the same engine meanwhile, under owners of their own. */
  async function containers () {
    const { body: { id: me } } = await admin.get('/auth/me')
    return (await admin.get(`/hosts/local/containers?all=true&label=dev.caisson.owner=${me}`)).body.items
  }

  await t.test('curl', async t => {
    const { code, output, errors } = await example([join(root, 'examples/curl/containers.sh'), image])
    t.equal(code, 0, errors)
    t.match(output, /^started [0-9a-f]{12}\n/)
    t.match(output, / {2}stdout one\n/)
    t.match(output, / {2}stderr two\n/)
    t.match(output, / {2}three, exit code 0\n[^]* {2}three\n$/)
  })

  await t.test('fetch: a log to its end, on the output it was written to, and the exit code', async t => {
    const run = await example(typescript('fetch/follow.ts', image, 'sh', '-c', 'for i in 1 2 3; do echo $i; done; echo no >&2; exit 7'))
    t.match(run, { code: 7, output: '1\n2\n3\n', errors: 'no\n' })
  })

  await t.test('graphql: a mutation, a query and a subscription', async t => {
    const { code, output, errors } = await example(typescript('graphql/containers.ts', image))
    t.equal(code, 0, errors)
    t.match(output, new RegExp(`^local \\S+ ${image} running$`, 'm'))
    t.match(output, /stdout: line 1\nstdout: line 2\nstdout: line 3\nexited, exit code 3\n$/)
  })

  await t.test('ci: the folder goes in, the report comes out, and the exit code is that of the tests', async t => {
    await writeFile(join(folder, 'test.sh'), 'echo ok 1 - from inside; exit 4\n')
    const job = ['ci/run-tests.ts', '--image', image, '--report', 'report.txt', '.', '--', 'sh', '-c', 'sh test.sh > report.txt; code=$?; cat report.txt; exit $code'] as const
    t.match(await example(typescript(...job)), { code: 4, output: 'ok 1 - from inside\n', errors: '' })
    t.equal(await readFile(join(folder, 'report.txt'), 'utf8'), 'ok 1 - from inside\n')
    await mkdir(join(folder, 'sub'))
    for (const file of ['secret.txt', 'secret.ok', 'sub/kept']) await writeFile(join(folder, file), 'x')
    await writeFile(join(folder, '.dockerignore'), 'secret*\n!secret.ok\n*.sh\n')
    t.match(await example(typescript('ci/run-tests.ts', '--image', image, '.', '--', 'find', '.', '-type', 'f')), { code: 0, output: /sub\/kept/ })
    t.match(await example(typescript('ci/run-tests.ts', '--image', image, '.', '--', 'sh', '-c', 'ls secret.ok; ls secret.txt test.sh; exit 5')), { code: 5, output: 'secret.ok\n', errors: /secret\.txt[^]*test\.sh/ })
  })

  await t.test('who cannot sign in reads why', async t => {
    const { code, errors } = await example(typescript('fetch/follow.ts'), { CAISSON_PASSWORD: 'not the password' })
    t.equal(code, 1)
    t.match(errors, /CaissonError: unauthenticated: /)
  })

  t.same(await containers(), [])
})
