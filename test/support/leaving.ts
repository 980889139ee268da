import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from './client.js'
import type { Spy } from './spy.js'

/** What the gateway promises: the engine's side ends this soon after the client's. */
export const LEAVE_MS = 2000

/** Begins a call, reads until that is enough, and leaves. */
export async function leaveAfter (client: Client, method: string, path: string, isEnough: (text: string) => boolean, rest: Partial<RequestInit> & { duplex?: 'half' } = {}): Promise<string> {
  const controller = new AbortController()
  const response = await client.fetch(client.address(path), { method, ...rest, signal: controller.signal })
  let text = ''
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString('latin1')
      if (isEnough(text)) break
    }
  } finally { controller.abort() }
  return text
}

/** Whether something comes true in the time that the gateway has. */
export async function soon (isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const begun = Date.now(); Date.now() - begun < LEAVE_MS; await sleep(50)) if (await isSo()) return true
  return false
}

/** Whether no call to the engine is under way. Short calls keep their connections, but nothing waits on them. */
export const nothingUnderWay = async (spy: Spy, openBefore: number): Promise<boolean> => await soon(() => spy.open <= openBefore)
