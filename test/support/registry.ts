import { spawn } from 'node:child_process'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { call } from '../../scripts/lib/api.mjs'
import { ensurePackages } from '../../scripts/lib/debian.mjs'
import { REGISTRY as REGISTRY_PACKAGE } from '../../scripts/lib/test-packages.mjs'

interface Engine { readonly url: string, readonly pid?: number, readonly image: string }
interface Teardown { teardown (undo: () => Promise<unknown>): unknown }

/** Where the registry is, seen from the engine: it lives in the engine's network namespace. */
export const REGISTRY = 'localhost:5000'

interface Options {
  readonly port?: number
  /** Lines of `htpasswd -B`: who may use it. */
  readonly users?: string
}

/** A real registry beside a private engine, with the engine's image in it as each of `references`. */
export async function startRegistry (t: Teardown, engine: Engine, references: readonly string[], { port = 5000, users }: Options = {}): Promise<void> {
  await ensurePackages([REGISTRY_PACKAGE])
  const folder = await mkdtemp(join(tmpdir(), 'caisson-registry-'))
  const config = join(folder, 'config.yml')
  await writeFile(config, `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${folder}/data\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:${port}\n`)
  if (users !== undefined) {
    await writeFile(join(folder, 'users'), users)
    await appendFile(config, `auth:\n  htpasswd:\n    realm: test\n    path: ${folder}/users\n`)
  }
  const registry = spawn(...beside(engine, 'docker-registry', 'serve', config), { stdio: 'ignore' })
  t.teardown(async () => {
    registry.kill()
    await rm(folder, { recursive: true, force: true })
  })
  for (const reference of references) await pushed(engine, reference)
}

/** A program in the engine's network namespace: what it listens on at loopback, the engine reaches. */
export const beside = ({ pid }: Pick<Engine, 'pid'>, ...command: string[]): [string, string[]] => ['nsenter', [`--net=/proc/${pid}/ns/net`, ...command]]

async function pushed (engine: Engine, reference: string): Promise<void> {
  const [repo, tag = 'latest'] = reference.split(/:(?=[^/]*$)/)
  await asked(engine, 'POST', `/images/${engine.image}/tag?${new URLSearchParams({ repo: repo ?? '', tag })}`)
  for (let tries = 0; ; tries++) {
    const { status, text } = await call(engine, 'POST', `/images/${repo}/push?tag=${tag}`, { json: {} })
    if (status === 200 && !text.includes('"error"')) break
    if (tries === 50) throw new Error(`the registry did not take ${reference}: ${text}`)
    await sleep(100)
  }
  await asked(engine, 'DELETE', `/images/${reference}`)
}

async function asked (engine: Engine, method: string, path: string): Promise<void> {
  const { status, text } = await call(engine, method, path)
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`)
}
