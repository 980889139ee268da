// @ts-check
import { ensureEngine, startEngine } from './engine.mjs'
import { importImage } from './image.mjs'

export const IMAGE = 'caisson-test/busybox:latest'

/**
 * The two engines of a test run. Never the developer's own: tests prune and remove.
 * @param {(text: string) => void} say
 */
export async function startTestEngines (say) {
  await ensureEngine(say)
  return Promise.all(['one', 'two'].map(async name => {
    const engine = await startEngine({ name })
    await importImage(engine, IMAGE, { say })
    return { ...engine, image: IMAGE }
  }))
}
