import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createSecureContext } from 'node:tls'
import proxyAddr from '@fastify/proxy-addr'
import Type, { type Static, type TSchema } from 'typebox'
import Value from 'typebox/value'
import { addressOf, type HostSettings } from './engine/hosts.js'
import { hostPattern } from './model/names.js'
import { durationMs } from './engine/times.js'
import type { Rate } from './rates/token-buckets.js'
import type { RateLimits } from './rates/rates.js'

/** Calls a minute, and perhaps how many at once. */
const RATE = '^(?:0|[1-9]\\d{0,6}(?:/[1-9]\\d{0,6})?)$'

/** Every setting: an environment variable, its default, what it takes. The table in docs/deploy.md is made of this. */
export const settings = {
  CAISSON_LISTEN: Type.String({ default: '127.0.0.1:8080', pattern: '^(unix:/.+|(\\[[0-9a-fA-F:]+\\]|[^:/]+):\\d{1,5})$', description: '`address:port`, such as `127.0.0.1:8080` (`0.0.0.0:8080` for all addresses), or `unix:/path`' }),
  CAISSON_DATA_DIR: Type.String({ default: './data', minLength: 1, description: 'A directory for the database, the keys and the first password' }),
  CAISSON_DATABASE_URL: Type.Optional(Type.String({ pattern: '^(sqlite:|postgres(ql)?://)', description: 'Where the store is: `sqlite:/path`; in the data directory when absent' })),
  CAISSON_HOSTS: Type.Optional(Type.String({ minLength: 1, description: 'The Docker hosts, `name=url,…`; `local=` and `$DOCKER_HOST` or `unix:///var/run/docker.sock` when absent. A url is `unix:///path` or `tcp://address:port`, with `?insecure=true` behind it beyond loopback' })),
  CAISSON_ADMIN_PASSWORD: Type.Optional(Type.String({ minLength: 12, maxLength: 1024, description: 'The password of `admin` at first start, 12 characters at least; generated into the file `initial-admin-password` in the data directory when absent' })),
  CAISSON_TLS_CERT: Type.Optional(Type.String({ minLength: 1, description: 'A PEM file with the certificate chain; with the key: serve HTTPS' })),
  CAISSON_TLS_KEY: Type.Optional(Type.String({ minLength: 1, description: 'A PEM file with the certificate\'s key' })),
  CAISSON_ORIGINS: Type.String({ default: '', description: 'Origins of pages that may call from a browser, over REST, GraphQL and WebSocket, separated by commas, e.g. `https://console.example.com`; the gateway\'s own always may' }),
  CAISSON_TRUST_PROXY: Type.String({ default: '', description: 'Addresses or networks of proxies whose `X-Forwarded-For` is believed, separated by commas; none by default' }),
  CAISSON_JOB_RETENTION: Type.String({ default: '24h', maxLength: 32, pattern: '^(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+$', description: 'How long a job is kept behind its end: a duration such as `24h` or `90m`' }),
  CAISSON_STREAMS_PER_USER: Type.String({ default: '2000', pattern: '^[1-9]\\d{0,5}$', description: 'How many streams one user may have open at a time: a number from 1 to 999999' }),
  CAISSON_RATE_PER_USER: Type.String({ default: '30000', pattern: RATE, description: 'How often one user may call: calls a minute, `/` and how many may come at once (`30000/1000`; as many as in a minute when absent); `0` for no bound' }),
  CAISSON_RATE_PER_ADDRESS: Type.String({ default: '60000', pattern: RATE, description: 'How often may be called from one address, in the same way: by all who are signed in there, and as often by those who are not' }),
  CAISSON_EXAMPLES: Type.Enum(['on', 'off'], { default: 'off', description: 'Whether `/examples/` shows the example page' }),
  CAISSON_LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { default: 'info', description: 'How much is logged' })
} as const satisfies Record<string, TSchema>

const LAST_PORT = 65_535
const LONGEST_MS = durationMs('3650d')
const SECRET = new Set<string>(['CAISSON_ADMIN_PASSWORD', 'CAISSON_DATABASE_URL'])

export interface Config {
  readonly listen: { readonly path: string } | { readonly host: string, readonly port: number }
  readonly dataDir: string
  readonly databaseUrl: string
  readonly hosts: readonly HostSettings[]
  readonly adminPassword?: string
  readonly tls?: { readonly cert: Buffer, readonly key: Buffer }
  readonly origins: readonly string[]
  readonly trustProxy: readonly string[]
  readonly jobRetentionMs: number
  readonly streamsPerUser: number
  readonly rates: RateLimits
  readonly examples: boolean
  readonly logLevel: Static<typeof settings.CAISSON_LOG_LEVEL>
}

/** A setting that is wrong: one line that names it, shows what it got and says what it takes. */
export class SettingError extends Error {
  constructor (name: keyof typeof settings, got: string | undefined, takes: string) {
    super(`${name}: got ${got === undefined ? 'nothing' : SECRET.has(name) ? 'a value that is not shown' : JSON.stringify(got)}, takes ${takes}`)
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The settings, checked and frozen.
 * @throws {SettingError}
 */
export function readConfig (environment: Environment): Config {
  refuseUnknown(environment)
  const setting = (name: keyof typeof settings) => read(name, environment)
  return Object.freeze({
    listen: listenOf(setting('CAISSON_LISTEN') ?? ''),
    dataDir: path.resolve(setting('CAISSON_DATA_DIR') ?? ''),
    databaseUrl: setting('CAISSON_DATABASE_URL') ?? 'sqlite:',
    hosts: Object.freeze(hostsOf(setting('CAISSON_HOSTS') ?? defaultHosts(environment))),
    adminPassword: setting('CAISSON_ADMIN_PASSWORD'),
    tls: tlsOf(setting('CAISSON_TLS_CERT'), setting('CAISSON_TLS_KEY')),
    origins: originsOf(setting('CAISSON_ORIGINS') ?? ''),
    trustProxy: proxiesOf(setting('CAISSON_TRUST_PROXY') ?? ''),
    jobRetentionMs: retentionOf(setting('CAISSON_JOB_RETENTION') ?? ''),
    streamsPerUser: Number(setting('CAISSON_STREAMS_PER_USER')),
    rates: { perUser: rateOf(setting('CAISSON_RATE_PER_USER') ?? ''), perAddress: rateOf(setting('CAISSON_RATE_PER_ADDRESS') ?? '') },
    examples: setting('CAISSON_EXAMPLES') === 'on',
    logLevel: settings.CAISSON_LOG_LEVEL.enum.find(level => level === setting('CAISSON_LOG_LEVEL')) ?? 'info'
  })
}

function retentionOf (text: string): number {
  const ms = durationMs(text)
  if (ms > LONGEST_MS) throw new SettingError('CAISSON_JOB_RETENTION', text, 'a duration of up to `3650d`')
  return ms
}

function rateOf (text: string): Rate | null {
  const [perMinute = 0, burst = perMinute] = text.split('/').map(Number)
  return perMinute === 0 ? null : { perMinute, burst }
}

/** What clients go by, such as the examples; it may be exported where the gateway is started. */
const CLIENTS = new Set(['CAISSON_URL', 'CAISSON_USERNAME', 'CAISSON_PASSWORD', 'CAISSON_TOKEN', 'CAISSON_HOST'])

/** A name that nobody reads is a typing error that would otherwise be found much later. */
function refuseUnknown (environment: Environment): void {
  const known = Object.keys(settings)
  const stray = Object.keys(environment).find(name => name.startsWith('CAISSON_') && !name.startsWith('CAISSON_TEST_') && !CLIENTS.has(name) && !known.includes(name))
  if (stray !== undefined) throw new Error(`${stray}: is not a setting; the settings are ${known.join(', ')}`)
}

function read (name: keyof typeof settings, environment: Environment): string | undefined {
  const schema: TSchema & { default?: string, description?: string } = settings[name]
  const got = environment[name]
  if (got === undefined) return schema.default
  if (!Value.Check(schema, got)) throw new SettingError(name, got, takes(schema))
  return got
}

const takes = (schema: { description?: string, enum?: readonly string[] }): string =>
  schema.enum === undefined ? lowerFirst(schema.description ?? '') : `one of ${schema.enum.join(', ')}`

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
const wordsOf = (list: string): string[] => list.split(',').map(word => word.trim()).filter(word => word !== '')

function listenOf (listen: string): Config['listen'] {
  if (listen.startsWith('unix:')) return { path: listen.slice('unix:'.length) }
  const at = listen.lastIndexOf(':')
  const port = Number(listen.slice(at + 1))
  if (port > LAST_PORT) throw new SettingError('CAISSON_LISTEN', listen, `a port up to ${LAST_PORT}`)
  return { host: listen.slice(0, at).replace(/^\[|\]$/g, ''), port }
}

/** What docker's own tools take; set but empty it counts for them as not set. */
function defaultHosts ({ DOCKER_HOST }: Environment): string {
  const url = DOCKER_HOST === undefined || DOCKER_HOST.trim() === '' ? 'unix:///var/run/docker.sock' : DOCKER_HOST
  const wrong = wrongIn(url)
  if (wrong !== undefined) throw new Error(`DOCKER_HOST: got ${JSON.stringify(shown(url))}, takes ${wrong}. Where the docker command needs it as it is, say CAISSON_HOSTS=local=url as well, which comes first`)
  return `local=${url}`
}

function hostsOf (list: string): HostSettings[] {
  const hosts = wordsOf(list).map(word => hostOf(list, word))
  const twice = hosts.find(({ name }, index) => hosts.findIndex(other => other.name === name) !== index)
  if (twice !== undefined) throw new SettingError('CAISSON_HOSTS', shown(list), `each name once; ${twice.name} is there twice`)
  if (hosts.length === 0) throw new SettingError('CAISSON_HOSTS', list, 'one name=url at least')
  return hosts
}

function hostOf (list: string, word: string): HostSettings {
  const at = word.indexOf('=')
  const [name, url] = [word.slice(0, at), word.slice(at + 1)]
  if (at < 1 || !new RegExp(hostPattern).test(name)) throw new SettingError('CAISSON_HOSTS', shown(list), 'name=url pairs, a name being lower-case letters, digits, ".", "_" and "-"')
  const wrong = wrongIn(url)
  if (wrong !== undefined) throw new SettingError('CAISSON_HOSTS', shown(list), `as the url of ${name} ${wrong}`)
  return { name, url }
}

/** What would be right, where it is not. */
function wrongIn (url: string): string | undefined {
  try { addressOf(url) } catch (error) { return (error as Error).message }
}

/** A url may carry a name and a password, which then stand in a log. */
const shown = (urls: string): string => urls.replace(/^.*@/s, '…@')

function tlsOf (cert: string | undefined, key: string | undefined): Config['tls'] {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined) throw new SettingError('CAISSON_TLS_CERT', undefined, `a PEM file with the certificate chain: it goes together with CAISSON_TLS_KEY, which is ${JSON.stringify(key)}`)
  if (key === undefined) throw new SettingError('CAISSON_TLS_KEY', undefined, `a PEM file with the certificate's key: it goes together with CAISSON_TLS_CERT, which is ${JSON.stringify(cert)}`)
  const tls = { cert: pemOf('CAISSON_TLS_CERT', cert), key: pemOf('CAISSON_TLS_KEY', key) }
  if (!isUsable({ cert: tls.cert })) throw new SettingError('CAISSON_TLS_CERT', cert, 'a PEM file with the certificate chain')
  if (!isUsable({ key: tls.key })) throw new SettingError('CAISSON_TLS_KEY', key, 'a PEM file with a private key without a passphrase')
  if (!isUsable(tls)) throw new SettingError('CAISSON_TLS_KEY', key, `the key of the certificate in ${cert}`)
  return tls
}

function pemOf (name: 'CAISSON_TLS_CERT' | 'CAISSON_TLS_KEY', file: string): Buffer {
  try { return readFileSync(file) } catch { throw new SettingError(name, file, 'a PEM file that the gateway may read') }
}

function isUsable (parts: { cert?: Buffer, key?: Buffer }): boolean {
  try { return createSecureContext(parts) !== undefined } catch { return false }
}

/** Looked at by what will use them, one at a time, to say which is wrong. */
function proxiesOf (list: string): string[] {
  const words = wordsOf(list)
  for (const word of words) {
    try { proxyAddr.compile([word]) } catch { throw new SettingError('CAISSON_TRUST_PROXY', list, `addresses and networks such as 10.0.0.0/8, separated by commas; ${JSON.stringify(word)} is neither`) }
  }
  return words
}

function originsOf (list: string): string[] {
  return wordsOf(list).map(word => {
    const origin = URL.canParse(word) ? new URL(word).origin : undefined
    if (origin !== word.replace(/\/$/, '')) throw new SettingError('CAISSON_ORIGINS', list, 'origins such as https://console.example.com')
    return origin
  })
}
