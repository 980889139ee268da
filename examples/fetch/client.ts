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

export interface Account { readonly url: string, readonly username: string, readonly password: string }

/** Who the environment says we are, and where. */
export function account ({ CAISSON_URL, CAISSON_USERNAME, CAISSON_PASSWORD } = process.env): Account {
  if (CAISSON_PASSWORD === undefined) throw new Error('CAISSON_PASSWORD is not set: it has the password to sign in with.')
  return { url: CAISSON_URL ?? 'http://127.0.0.1:8080', username: CAISSON_USERNAME ?? 'admin', password: CAISSON_PASSWORD }
}

/** A client that has signed in: its token is good for fifteen minutes. */
export async function signIn (account: Account): Promise<Caisson> {
  const caisson = client(account.url)
  const token = await signInForToken(account)
  caisson.use({ onRequest: ({ request }) => request.headers.set('authorization', `Bearer ${token}`) })
  return caisson
}

export async function signInForToken ({ url, username, password }: Account): Promise<string> {
  const { data } = await client(url).POST('/api/v1/auth/login', { body: { username, password } })
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
