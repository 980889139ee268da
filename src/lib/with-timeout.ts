/** Settles with the work, or when the time is over, whichever comes first; the timer holds the process up no longer than that. */
export async function withTimeout (ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>(resolve => { timer = setTimeout(resolve, ms) })
  try { await Promise.race([work, over]) } finally { clearTimeout(timer) }
}
