import { parentPort, workerData } from 'node:worker_threads'
import type { DatabaseLocation } from '../store/sqlite.js'

/** What `Thread` asks; it numbers its questions. */
export interface Question { readonly id: number, readonly kind: string, readonly payload?: unknown }
export type Answer = { readonly id: number, readonly value: unknown } | { readonly id: number, readonly error: string }

/** What a thread can do, each by the name it is asked by; `close` lets go of its connection. */
export type Handlers = Readonly<Record<string, (payload: never) => unknown>> & { close (): unknown }

/** The inside of a thread: makes its connection, and answers every question. */
export function serve (open: (location: DatabaseLocation) => Handlers): void {
  const port = parentPort
  if (port === null) throw new Error('this file is the inside of a thread')
  const handlers = open(workerData as DatabaseLocation)
  port.on('message', (question: Question) => {
    void answer(handlers, question).then(reply => {
      port.postMessage(reply)
      if (question.kind === 'close') port.close()
    })
  })
}

async function answer (handlers: Handlers, { id, kind, payload }: Question): Promise<Answer> {
  try {
    const handler = handlers[kind]
    if (handler === undefined) throw new Error(`the thread was not taught to ${kind}`)
    return { id, value: await handler(payload as never) }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}
