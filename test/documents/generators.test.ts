import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { root } from '../../scripts/lib/setup.mjs'
import { image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const SUPPORT = join(root, 'test/support/generators')
const TSX = ['--import', import.meta.resolve('tsx')]
const GENERATORS = ['hey-api', 'kubb', 'oazapfts', 'openapi-typescript', 'orval']

/** A client that waits for the end of what goes on until it has read would wait for ever. */
const PATIENCE_MS = 180_000

/** Two of them write their imports with `.ts` or without an ending, as bundlers take them. */
const TSCONFIG = {
  compilerOptions: { strict: true, noEmit: true, target: 'ES2022', module: 'ESNext', moduleResolution: 'Bundler', lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: ['node'], skipLibCheck: true, allowImportingTsExtensions: true }
}

/** @throws with all that it printed, where it fails */
async function node (cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  try {
    return (await promisify(execFile)(process.execPath, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 26, timeout: PATIENCE_MS })).stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string, stderr?: string }
    throw new Error(`${args.join(' ')}\n${(stdout + stderr).slice(0, 6000)}`, { cause: error })
  }
}

async function folderFor (t: { teardown (undo: () => Promise<void>): unknown }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'caisson-generated-'))
  t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await cp(join(SUPPORT, 'use'), join(folder, 'use'), { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  return folder
}

t.test('clients of five generators compile, and list, create and follow against a gateway', async t => {
  const [gateway, folder] = await Promise.all([startGateway(t), folderFor(t)])
  const { token } = (await gateway.admin.post('/tokens', { name: 'generated' })).body
  await node(root, [...TSX, join(SUPPORT, 'generate.ts'), join(root, 'openapi.yaml'), folder, gateway.url])

  const program = [...TSX, join(folder, 'use/all.ts')]
  const [run] = await Promise.all([
    node(folder, program, { TASK: JSON.stringify({ url: gateway.url, token, image }) }),
    node(folder, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
  ])
  const { done, asked } = JSON.parse(run)
  t.same(Object.keys(done).sort(), GENERATORS)
  for (const name of GENERATORS) {
    const { id } = done[name]
    t.match(id, /^[0-9a-f]{64}$/, `${name}: ${JSON.stringify(done[name])}`)
    t.same(done[name], { id, listed: [id], lines: ['one', 'two'], exitCode: 3, absent: 'not-found' }, name)
  }
  t.ok(asked.length >= 7 * GENERATORS.length)
  t.same(asked.filter((address: string) => address.includes(token) || address.includes('ticket=')), [], 'no token is in an address')

  t.match(await readFile(join(folder, 'hey-api/types.gen.ts'), 'utf8'), '`conflict`: The name is taken', 'what goes wrong is told in the types')
})
