import { AsyncLocalStorage } from 'node:async_hooks'

/** How far a call has come: has an engine been asked to change something, and has it refused, or failed at, all that it was asked? */
export type EffectState = 'nothing' | 'refused' | 'failed' | 'reached'

const calls = new AsyncLocalStorage<{ extent: EffectState }>()

/**
 * Told by whoever asks an engine to change something, once it may have heard of it.
 * @param extent what the engine has said itself: that it would not do it, or could not
 */
export function markEngineEffect (extent: Exclude<EffectState, 'nothing'> = 'reached'): void {
  const call = calls.getStore()
  if (call !== undefined && call.extent !== 'reached') call.extent = extent
}

/** Runs a handler, and knows at each moment how far it has come. */
export function trackEngineEffect<T> (work: () => Promise<T>): { readonly result: Promise<T>, readonly extent: () => EffectState } {
  const call: { extent: EffectState } = { extent: 'nothing' }
  return { result: calls.run(call, work), extent: () => call.extent }
}
