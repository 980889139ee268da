import { BlockList, isIP } from 'node:net'
import { failureOf, noSuch, type Code } from '../lib/errors.js'
import type { Metrics } from '../metrics/metrics.js'
import { Connection, type Address } from './connection/connection.js'
import { Host } from './host.js'
import { LIVE_LIMITS, type LiveLimits } from './live/feed.js'

/** A host as the settings name it. */
export interface HostSettings { readonly name: string, readonly url: string }

/** What one host could not give to a list. */
export interface HostError { host: string, code: Code, detail: string }

/** The hosts there are, by name. */
export class Hosts {
  readonly #hosts: ReadonlyMap<string, Host>

  constructor (hosts: ReadonlyMap<string, Host>) {
    this.#hosts = hosts
  }

  static of (settings: readonly HostSettings[], metrics: Metrics, live: LiveLimits = LIVE_LIMITS): Hosts {
    return new Hosts(new Map(settings.map(({ name, url }) => [name, new Host(name, url, new Connection(name, addressOf(url), metrics), live)])))
  }

  /** The same hosts without some, which are then as if they were not there. */
  only (isKnown: (name: string) => boolean): Hosts {
    return new Hosts(new Map([...this.#hosts].filter(([name]) => isKnown(name))))
  }

  /** @throws `not-found` */
  get (name: string): Host {
    const host = this.#hosts.get(name)
    if (host === undefined) throw noSuch('host', name)
    return host
  }

  all (): Host[] {
    return [...this.#hosts.values()]
  }

  /**
   * A list from several hosts at once: one that fails costs its own rows and a line. A host that is named alone (a
   * string, as a path names it) fails the call instead.
   */
  async across<T> (selection: string | readonly string[] | undefined, list: (host: Host) => Promise<T[]>): Promise<{ items: T[], errors: HostError[] }> {
    if (typeof selection === 'string') return { items: await list(this.get(selection)), errors: [] }
    const names = selection ?? [...this.#hosts.keys()]
    const parts = await Promise.all([...new Set(names)].map(async name => await this.#part(name, list)))
    return { items: parts.flatMap(({ items }) => items), errors: parts.flatMap(({ errors }) => errors) }
  }

  async #part<T> (name: string, list: (host: Host) => Promise<T[]>): Promise<{ items: T[], errors: HostError[] }> {
    try {
      return { items: await list(this.get(name)), errors: [] }
    } catch (error) {
      const { code, detail } = failureOf(error)
      return { items: [], errors: [{ host: name, code, detail }] }
    }
  }

  close (): void {
    for (const host of this.#hosts.values()) host.close()
  }
}

/**
 * The address that a url names. Without TLS, whoever is on the way can read and be root on the host: beyond loopback that has
 * to be asked for, with `?insecure=true`.
 * @throws a plain error that says what would be right
 */
export function addressOf (url: string): Address {
  const unix = /^unix:\/\/(\/.+)$/.exec(url)
  if (unix?.[1] !== undefined) return { socketPath: unix[1] }
  const [, bare, name, digits, insecure] = /^((?:tcp|http):\/\/(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9.-]+):(\d{1,5}))\/?(\?insecure=true)?$/.exec(url) ?? []
  if (bare === undefined || name === undefined) throw new Error(/^ssh:/.test(url) ? NO_SSH : ADDRESSES)
  const [host, port] = [name.replace(/^\[|\]$/g, ''), Number(digits)]
  if (port < 1 || port > LAST_PORT) throw new Error(`${ADDRESSES} with a port up to ${LAST_PORT}`)
  if (insecure === undefined && !isLoopback(host)) throw new Error(`${bare}?insecure=true for an address beyond loopback: nothing there is encrypted, and whoever can reach or read it is root on that host. Better is a tunnel that ends at loopback, such as ssh -N -L 2375:/var/run/docker.sock HOST`)
  return { host, port }
}

const LAST_PORT = 65_535
const ADDRESSES = 'unix:///path or tcp://address:port'
const NO_SSH = `${ADDRESSES}; for an engine behind ssh make a tunnel (ssh -N -L /run/caisson/HOST.sock:/var/run/docker.sock HOST) and name its unix:///run/caisson/HOST.sock`

/** The names under \`.localhost\` are loopback as well (RFC 6761). */
const isLoopback = (host: string): boolean =>
  /^(?:.*\.)?localhost$/i.test(host) || (isIP(host) !== 0 && LOOPBACK.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'))

/** An IPv4 address inside IPv6 is looked at as what it is. */
const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

declare module '../model/services.js' {
  interface Services {
    readonly hosts: Hosts
  }
}
