import { once } from 'node:events'
import { createClient, type Client as GraphqlClient } from 'graphql-ws'
import WebSocket from 'ws'

// Answers are read as what the test expects them to be: it asserts on them anyway.
type Json = any

export interface Answer { readonly status: number, readonly headers: Headers, readonly text: string, readonly body: Json }
export interface GraphqlAnswer {
  readonly status: number
  readonly data: Json
  readonly errors: Json[]
  /** Of a request that was refused before it was GraphQL. */
  readonly code?: string
}
export interface SocketEnd { readonly code: number, readonly reason: string, readonly messages: Json[] }

/** A client of the gateway's, with a token or without. */
export class Client {
  constructor (readonly url: string, readonly token?: string) {}

  async signIn (username: string, password: string): Promise<Client> {
    const { status, body } = await this.post('/auth/login', { username, password })
    if (status !== 200) throw new Error(`${username} could not sign in: ${status}`)
    return new Client(this.url, body.accessToken)
  }

  get headers (): Record<string, string> {
    return this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }
  }

  /** A path that begins with `/api/` or has no version is taken as it is below the gateway's address. */
  address (path: string): string {
    return path.startsWith('/api/') || path.startsWith('//') ? this.url + path : `${this.url}/api/v1${path}`
  }

  async fetch (url: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(url, { ...init, headers: { ...this.headers, ...init.headers as Record<string, string> } })
  }

  async send (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    return await read(await this.fetch(this.address(path), { method, ...content, headers: { ...type, ...headers } }))
  }

  async get (path: string, headers: Record<string, string> = {}): Promise<Answer> { return await this.send('GET', path, undefined, headers) }
  async post (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> { return await this.send('POST', path, body, headers) }
  async patch (path: string, body?: unknown): Promise<Answer> { return await this.send('PATCH', path, body) }
  async delete (path: string): Promise<Answer> { return await this.send('DELETE', path) }

  async upload (method: string, path: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}): Promise<Answer> {
    const init: RequestInit & { duplex: 'half' } = { method, body, duplex: 'half', headers: { 'content-type': 'application/x-tar', ...headers } }
    return await read(await this.fetch(this.address(path), init))
  }

  async graphql (query: string, variables: object = {}): Promise<GraphqlAnswer> {
    const response = await this.fetch(`${this.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) })
    const { data, errors = [], code } = await response.json() as Json
    return { status: response.status, data, errors, code }
  }

  /** A WebSocket at an operation's own address. */
  socket (path: string, { headers = {}, protocols = [] }: { headers?: Record<string, string>, protocols?: string[] } = {}): WebSocket {
    return new WebSocket(this.address(path).replace(/^http/, 'ws'), protocols, { headers: { ...this.headers, ...headers } })
  }

  /** Everything a socket tells until it closes. A refused upgrade has the HTTP status as its code. */
  async follow (path: string, onMessage: (message: Json, socket: WebSocket) => void = () => {}): Promise<SocketEnd> {
    const socket = this.socket(path)
    const messages: Json[] = []
    socket.on('message', data => {
      const message: Json = JSON.parse(String(data))
      messages.push(message)
      onMessage(message, socket)
    })
    return { ...await endOf(socket), messages }
  }

  /** A GraphQL client over WebSocket; dispose of it. `stays`: its socket is not closed with its last subscription. */
  subscriptions (options: { header?: boolean, stays?: boolean } = {}): GraphqlClient {
    const headers = options.header === false ? {} : this.headers
    class Authorized extends WebSocket {
      constructor (address: string, protocols: string[]) { super(address, protocols, { headers }) }
    }
    const connectionParams = options.header === false && this.token !== undefined ? { authorization: `Bearer ${this.token}` } : {}
    return createClient({ url: `${this.url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: Authorized, connectionParams, retryAttempts: 0, lazy: options.stays !== true, onNonLazyError: () => {} })
  }
}

/** How a socket ends: with its close code, or where the upgrade is refused with the HTTP status and the problem's code. */
export async function endOf (socket: WebSocket): Promise<Omit<SocketEnd, 'messages'>> {
  const refused = new Promise<Omit<SocketEnd, 'messages'>>(resolve => {
    socket.once('unexpected-response', (_request, response) => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => { text += chunk }).once('end', () => {
        resolve({ code: response.statusCode ?? 0, reason: text === '' ? '' : (JSON.parse(text) as Json).code })
      })
    })
  })
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
  return await Promise.race([closed, refused])
}

/** Every line of NDJSON. */
export const ndjson = (text: string): Json[] => text.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as Json)

async function read (response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && !/ndjson/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) as Json : undefined }
}
