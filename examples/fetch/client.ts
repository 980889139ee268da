// A typed client over `fetch`: every path, input and answer comes from openapi.yaml (`npm run examples:types`).
import createClient, { type Client, type Middleware } from 'openapi-fetch'
import type { components, paths } from '../types/openapi.js'

export type Caisson = Client<paths>
export type Problem = components['schemas']['Problem']
export type LogEvent = components['schemas']['LogStreamEvent']

/** What Caisson answered instead of a result: its `code` is for programs, its `detail` for people. */
export class CaissonError extends Error {
  constructor (readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail ?? problem.title}`)
  }
}

/** With it, an answer that is no success is thrown, and `data` is always there. */
const throwing: Middleware = {
  async onResponse ({ response }) {
    if (!response.ok) throw new CaissonError(await response.json() as Problem)
  }
}

export interface Account { readonly url: string, readonly credential: { readonly token: string } | { readonly username: string, readonly password: string } }

/** Who the environment says we are, and where. */
export function account ({ CAISSON_URL: url = 'http://127.0.0.1:8080', CAISSON_TOKEN: token, CAISSON_USERNAME: username = 'admin', CAISSON_PASSWORD: password } = process.env): Account {
  if (token !== undefined) return { url, credential: { token } }
  if (password !== undefined) return { url, credential: { username, password } }
  throw new Error('Set CAISSON_TOKEN, an API token, or CAISSON_PASSWORD, to sign in with.')
}

/** A client that sends a token with every call. */
export async function signIn (account: Account): Promise<Caisson> {
  const caisson = client(account.url)
  const token = await tokenOf(account)
  caisson.use({ onRequest: ({ request }) => request.headers.set('authorization', `Bearer ${token}`) })
  return caisson
}

/** The API token, or one to sign in for, which is good for fifteen minutes. */
export async function tokenOf ({ url, credential }: Account): Promise<string> {
  if ('token' in credential) return credential.token
  const { data } = await client(url).POST('/api/v1/auth/login', { body: credential })
  return data!.accessToken
}

function client (baseUrl: string): Caisson {
  const caisson = createClient<paths>({ baseUrl })
  caisson.use(throwing)
  return caisson
}

/** Each line of a body of NDJSON, as it comes. */
export async function * lines<T> (body: ReadableStream<Uint8Array>): AsyncGenerator<T> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const complete = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = complete.pop() ?? ''
    yield * complete.map(line => JSON.parse(line) as T)
  }
}
