// @ts-check
import { canStartEngine, ensureEngine, startEngine } from './engine.mjs'
import { ensureRootfs } from './engine-rootfs.mjs'
import { importImage } from './image.mjs'

/** @typedef {import('./engine-kinds.mjs').EngineKind} EngineKind */

export const IMAGE = 'caisson-test/busybox:latest'

/**
 * What the engines of a run need on this machine.
 * @param {EngineKind[]} kinds
 * @param {(text: string) => void} say
 */
export async function ensureTestEngines (kinds, say) {
  await ensureEngine(say)
  if (canStartEngine()) await ensureRootfs(kinds, say)
}

/**
 * The two engines of one kind. Never the developer's own: tests prune and remove.
 * @param {EngineKind} kind
 * @param {(text: string) => void} say
 */
export async function startTestEngines (kind, say) {
  return Promise.all(['one', 'two'].map(async name => {
    const engine = await startEngine({ name, kind })
    await importImage(engine, IMAGE, { say })
    return { ...engine, image: IMAGE }
  }))
}
