/** `version`: of the engine's API, where the address began with one, e.g. `1.41`; `url` is without it. */
export interface SeenRequest { method: string, url: string, version?: string }

type State = 'head' | 'body' | 'chunkSize' | 'chunk' | 'trailer' | 'upgrading' | 'raw'

const REQUEST_LINE = /^([A-Z]+) (?:\/v(\d+\.\d+)(?=\/))?(\S+) HTTP\/1\.[01]$/

/**
 * Reads along on a connection and reports each request's first line. It follows heads and bodies just well enough to
 * know where the next request begins: several on one connection, pipelined ones, bodies with a length or in chunks.
 * What is not HTTP, or is not any more (attach, exec), is let through unread.
 */
export class RequestReader {
  #state: State = 'head'
  #buffer = Buffer.alloc(0)
  /** bytes of the body, or of the chunk with its line end, that are still to come */
  #left = 0
  #upgrade = false

  constructor (private readonly report: (request: SeenRequest) => void) {}

  fromClient (chunk: Buffer): void {
    if (this.#state === 'raw') return
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    while (this.#step());
  }

  /** Only the answer says whether an upgrade took place. */
  fromEngine (chunk: Buffer): void {
    if (this.#state !== 'upgrading') return
    const upgraded = chunk.toString('latin1', 0, 12) === 'HTTP/1.1 101'
    this.#enter(upgraded ? 'raw' : 'head')
    this.#upgrade = false
    if (!upgraded) while (this.#step());
  }

  /** @returns whether there may be more to read in what has arrived */
  #step (): boolean {
    switch (this.#state) {
      case 'head': return this.#head()
      case 'body': return this.#skip(this.#upgrade ? 'upgrading' : 'head')
      case 'chunkSize': return this.#chunkSize()
      case 'chunk': return this.#skip('chunkSize')
      case 'trailer': return this.#trailer()
      default: return false
    }
  }

  #enter (state: State): void {
    this.#state = state
    if (state === 'raw') this.#buffer = Buffer.alloc(0)
  }

  #take (marker: string): string | undefined {
    const end = this.#buffer.indexOf(marker)
    if (end < 0) return undefined
    const text = this.#buffer.toString('latin1', 0, end)
    this.#buffer = this.#buffer.subarray(end + marker.length)
    return text
  }

  #head (): boolean {
    const head = this.#take('\r\n\r\n')
    if (head === undefined) return false
    const [line = '', ...headers] = head.split('\r\n')
    const [, method, version, url] = REQUEST_LINE.exec(line) ?? []
    if (method === undefined || url === undefined) {
      this.#enter('raw')
      return false
    }
    this.report({ method, url, ...(version === undefined ? {} : { version }) })
    this.#expectBody(headers)
    return true
  }

  #expectBody (headers: string[]): void {
    const value = (name: string): string | undefined => headers.find(line => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1).trim()
    this.#upgrade = value('upgrade') !== undefined
    this.#left = Number(value('content-length') ?? 0)
    this.#enter(/chunked/i.test(value('transfer-encoding') ?? '') ? 'chunkSize' : 'body')
  }

  #skip (next: State): boolean {
    const taken = Math.min(this.#left, this.#buffer.length)
    this.#left -= taken
    this.#buffer = this.#buffer.subarray(taken)
    if (this.#left > 0) return false
    this.#enter(next)
    return true
  }

  #chunkSize (): boolean {
    const line = this.#take('\r\n')
    if (line === undefined) return false
    const size = Number.parseInt(line, 16)
    this.#left = size + 2
    this.#enter(size > 0 ? 'chunk' : 'trailer')
    return true
  }

  #trailer (): boolean {
    const line = this.#take('\r\n')
    if (line === '') this.#enter(this.#upgrade ? 'upgrading' : 'head')
    return line !== undefined
  }
}
