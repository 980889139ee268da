import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEngine } from '../../scripts/lib/engine.mjs'
import type { EngineKind } from '../../scripts/lib/engine-kinds.mjs'
import { importImage } from '../../scripts/lib/image.mjs'

/** A real Docker Engine that belongs to the tests alone: they may prune and remove everything in it. */
export interface TestEngine {
  name: string
  kind: EngineKind
  socketPath: string
  /** for `CAISSON_HOSTS` */
  url: string
  /** a small image with busybox that is there already; `busybox` by another name */
  image: string
}

/** The two engines that the runner started for all test files: `npm test` runs two files at once, so keep to names of your own. */
export const engines: readonly [TestEngine, TestEngine] = fromEnvironment()

/** The image that both engines have. */
export const image: string = engines[0].image

function fromEnvironment (): [TestEngine, TestEngine] {
  const text = process.env.CAISSON_TEST_ENGINES
  if (!text) throw new Error('This test needs real engines. Run it with: npm run test:only -- <file>')
  return JSON.parse(text)
}

/** An engine for one test alone, for what would disturb the others: `kill`, `pause`, prune. It costs about a second; of the kind that the others are, where nothing else is said. */
export async function privateEngine (t: { teardown (undo: () => Promise<void>): unknown }, options: Parameters<typeof startEngine>[0] = {}) {
  const engine = await startEngine({ name: 'private', kind: engines[0].kind, ...options })
  t.teardown(engine.stop)
  await importImage(engine, image).catch(error => { throw new Error(`${String(error)}\nThe engine's log:\n${logOf(engine)}`) })
  return { ...engine, image }
}

function logOf ({ folder }: { folder: string }): string {
  const file = join(folder, 'engine.log')
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-3000) : 'none'
}
