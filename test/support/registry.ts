import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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

/** A real registry beside a private engine, with the engine's image in it as each of `references`. */
export async function startRegistry (t: Teardown, engine: Engine, references: readonly string[]): Promise<void> {
  await ensurePackages([REGISTRY_PACKAGE])
  const folder = await mkdtemp(join(tmpdir(), 'caisson-registry-'))
  const config = join(folder, 'config.yml')
  await writeFile(config, `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${folder}/data\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:5000\n`)
  const registry = spawn('nsenter', [`--net=/proc/${engine.pid}/ns/net`, 'docker-registry', 'serve', config], { stdio: 'ignore' })
  t.teardown(async () => {
    registry.kill()
    await rm(folder, { recursive: true, force: true })
  })
  for (const reference of references) await pushed(engine, reference)
}

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
