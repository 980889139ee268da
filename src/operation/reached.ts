import { AsyncLocalStorage } from 'node:async_hooks'

const calls = new AsyncLocalStorage<{ reached: boolean }>()

/** Told by whoever asks an engine to change something, once it may have heard of it. */
export function reach (): void {
  const call = calls.getStore()
  if (call !== undefined) call.reached = true
}

/** Runs a handler, and knows at each moment whether an engine may have been asked to change something on its way. */
export function reaching<T> (work: () => Promise<T>): { readonly result: Promise<T>, readonly isReached: () => boolean } {
  const call = { reached: false }
  return { result: calls.run(call, work), isReached: () => call.reached }
}
