// @ts-check
import { ensureEngine, startEngine } from './engine.mjs'
import { isEngineKind, ENGINE_KINDS } from './engine-kinds.mjs'
import { Fault } from './fault.mjs'
import { importImage } from './image.mjs'

export const IMAGE = 'caisson-test/busybox:latest'

/**
 * The two engines of a test run. Never the developer's own: tests prune and remove.
 * @param {(text: string) => void} say
 */
export async function startTestEngines (say) {
  await ensureEngine(say)
  const kind = testEngineKind()
  return Promise.all(['one', 'two'].map(async name => {
    const engine = await startEngine({ name, kind })
    await importImage(engine, IMAGE, { say })
    return { ...engine, image: IMAGE }
  }))
}

/** Which engine the suite runs on: `CAISSON_TEST_ENGINE`, else 20.10. */
function testEngineKind () {
  const kind = process.env.CAISSON_TEST_ENGINE || '20.10'
  if (!isEngineKind(kind)) throw new Fault(`CAISSON_TEST_ENGINE is ${kind}; it takes ${Object.keys(ENGINE_KINDS).join(', ')}.`)
  return kind
}
