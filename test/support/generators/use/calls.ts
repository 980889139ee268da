/** What a generated client is asked to do. */
export interface Task { readonly url: string, readonly token: string, readonly image: string, readonly name: string }

/** What came of it. */
export interface Done {
  readonly id: string
  /** The ids in the list. */
  readonly listed: readonly string[]
  /** Text of lines as they came, and how the stream ended. */
  readonly lines: readonly string[]
  readonly exitCode: number | undefined
  /** What is said of a container that is not there. */
  readonly absent: string
}

/** Waits for a signal between its two lines. */
export const COMMAND = ['sh', '-c', 'trap "echo two; exit 3" USR1; echo one; while :; do sleep 0.1; done']

interface Event { readonly type: string, readonly text?: string, readonly exitCode?: number }

/** Each line of a body of NDJSON, as it comes. */
export async function * ndjson<T> (body: ReadableStream<Uint8Array> | null): AsyncGenerator<T> {
  if (body === null) throw new Error('there is no body')
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const complete = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = complete.pop() ?? ''
    yield * complete.map(line => JSON.parse(line) as T)
  }
}

/** A log to its end, which comes when somebody has read the first line: that shows that it was a stream. */
export async function read (events: AsyncIterable<Event>, goOn: () => Promise<unknown>): Promise<Pick<Done, 'lines' | 'exitCode'>> {
  const lines: string[] = []
  for await (const event of events) {
    if (event.type === 'log') lines.push(event.text ?? '')
    if (event.type === 'log' && lines.length === 1) await goOn()
    if (event.type === 'end') return { lines, exitCode: event.exitCode }
  }
  throw new Error(`the log was cut after ${JSON.stringify(lines)}`)
}
