import { ndjson, type Answer, type Client } from '../../support/client.js'

export type Json = any

/** What a fault is made with: one gateway in front of one engine. */
export interface Bed {
  readonly admin: Client
  readonly image: string
  /** A path below the host's. */
  at (path: string): string
  /** Makes a container; its name. */
  made (spec?: object): Promise<string>
  /** The same, started. */
  running (spec?: object): Promise<string>
  /** One that runs, one that is paused, one that never ran: for faults that leave it as it is. */
  idle (): Promise<string>
  paused (): Promise<string>
  still (): Promise<string>
  /** Its `/loop` is a link to itself. */
  looping (): Promise<string>
  network (body?: object): Promise<string>
  /** A name that nothing has yet. */
  name (): string
  upload (method: string, path: string, body: Buffer): Promise<Answer>
}

function once<T> (make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return async () => await (made ??= make())
}

export function bedOf (admin: Client, image: string): Bed {
  let count = 0
  const at = (path: string) => `/hosts/local${path}`
  const name = () => `fault-${process.pid}-${count++}`
  const expect = (answer: Answer): Json => {
    if (answer.status >= 400) throw new Error(`what a fault needs could not be made: ${answer.text}`)
    return answer.body
  }
  const made = async (spec: object = {}) => {
    const wanted = { name: name(), image, command: ['sleep', '600'], stopTimeoutSeconds: 0, ...spec }
    expect(await admin.post(at('/containers'), wanted))
    return wanted.name
  }
  const running = async (spec?: object) => {
    const container = await made(spec)
    expect(await admin.post(at(`/containers/${container}/start`)))
    return container
  }
  const paused = once(async () => {
    const container = await running()
    expect(await admin.post(at(`/containers/${container}/pause`)))
    return container
  })
  const looping = once(async () => {
    const container = await running()
    expect(await admin.post(at(`/containers/${container}/exec`), { command: ['ln', '-s', 'loop', '/loop'] }))
    return container
  })
  return {
    admin,
    image,
    at,
    name,
    made,
    running,
    idle: once(async () => await running()),
    still: once(async () => await made()),
    looping,
    paused,
    async network (body = {}) {
      const wanted = { name: name(), ...body }
      expect(await admin.post(at('/networks'), wanted))
      return wanted.name
    },
    upload: async (method, path, body) => await admin.upload(method, path, new Uint8Array(body))
  }
}

/** The problem of an answer, also where it is the last event of a stream; undefined where it went well. */
export function problemOf (answer: Answer): Json {
  if (answer.status >= 400) return answer.body
  if (!/ndjson/.test(answer.headers.get('content-type') ?? '')) return undefined
  const last = ndjson(answer.text).at(-1)
  return last?.type === 'error' ? last.problem : undefined
}
