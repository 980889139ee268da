import { isIP } from 'node:net'
import { invalidInput, pointerTo, type Fault } from '../../lib/errors.js'
import { containerPattern, objectPattern } from '../../model/names.js'

/**
 * What engines take from a closed set, and find out only when the container is started, or never: patterns with words for who
 * sent something else.
 */
const expecting = (pattern: string, expects: string) => ({ pattern, 'x-expects': expects })

const inside = (pattern: string): string => pattern.replace(/^\^/, '').replace(/\$$/, '')

/** In any case. */
const caseless = (word: string): string => word.replaceAll(/[a-z]/g, letter => `[${letter}${letter.toUpperCase()}]`)

const CONTAINER = `container:${inside(containerPattern)}`
const NETWORKS = ['default', 'bridge', 'none', 'host']

/** A word of the engine's as it writes it, another container, or a network; a network may be called anything but one of these words in another case. */
export const NETWORK_MODE = expecting(`^(?:|${NETWORKS.join('|')}|${CONTAINER}|(?!(?:${NETWORKS.map(caseless).join('|')})$)${inside(objectPattern)})$`,
  '"bridge", "none", "host" or "default" in lower case, "container:" and a container\'s name or id, or a network\'s name or id')

const modes = (words: readonly string[], others: boolean) => expecting(`^(?:|${words.join('|')}${others ? `|${CONTAINER}` : ''})$`,
  [...words.map(word => `"${word}"`), ...others ? ['"container:" and a container\'s name or id'] : []].join(', ').replace(/, ([^,]*)$/, ' or $1'))

/** `private` says on every engine what it does by itself, but that Docker takes it for IPC alone. */
export const PID_MODE = modes(['host', 'private'], true)
export const IPC_MODE = modes(['none', 'private', 'shareable', 'host'], true)
export const UTS_MODE = modes(['host', 'private'], false)
export const USERNS_MODE = modes(['host', 'private'], false)
export const CGROUP = modes([], true)

/** An image for Windows has drives. */
export const ABSOLUTE = expecting('^(?:$|/|[A-Za-z]:[\\\\/])', 'an absolute path such as "/srv/app"')

const RLIMITS = ['as', 'core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss', 'rtprio', 'rttime', 'sigpending', 'stack']

/** Engines take them in capitals as well. */
export const ULIMIT = expecting(`^(?:${[...RLIMITS, ...RLIMITS.map(name => name.toUpperCase())].join('|')})$`, `one of ${RLIMITS.join(', ')}`)

/** Of a host or a domain: they come to be lines of files. */
const named = (most: number) => expecting(`^[^\\s\\u0000-\\u0020\\u007f]{0,${most}}$`, `a name without blanks and line breaks, ${most} characters at most`)
export const HOSTNAME = named(64)
export const DOMAINNAME = named(255)

export const NO_BLANKS = expecting('^[^\\s\\u0000-\\u0020\\u007f]+$', 'a text without blanks and line breaks')

export const MAC_ADDRESS = expecting('^(?:$|(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\\.){2}[0-9A-Fa-f]{4})$', 'a MAC address such as "92:d0:c6:0a:29:33"')

export const DEVICE_RULE = expecting('^[abc] (?:[0-9]+|\\*):(?:[0-9]+|\\*) [rwm]{1,3}$', 'a rule such as "c 1:3 rmw"')

/** Kernel settings that belong to a namespace of the container's own: runtimes refuse all others. */
const SYSCTLS = ['kernel.domainname', 'kernel.msgmax', 'kernel.msgmnb', 'kernel.msgmni', 'kernel.sem', 'kernel.shmall', 'kernel.shmmax', 'kernel.shmmni', 'kernel.shm_rmid_forced']
const SYSCTL = new RegExp(`^(?:${SYSCTLS.map(name => name.replaceAll('.', '[./]')).join('|')}|net[./][^\\s]+|fs[./]mqueue[./][^\\s]+)$`)

const PROBES = ['NONE', 'CMD', 'CMD-SHELL']

interface Words {
  readonly sysctls?: Readonly<Record<string, string>>
  readonly runtime?: string
  readonly dns?: readonly string[]
  readonly healthcheck?: { readonly test?: readonly string[] }
}

/** @throws `invalid-input` for what a pattern can't say */
export function refuseUnknownWords ({ sysctls = {}, runtime, dns = [], healthcheck: { test = [] } = {} }: Words): void {
  const faults: Fault[] = [
    // One that brings a kernel of its own, as Kata does, has settings of its own.
    ...Object.keys(sysctls).flatMap((name): Fault[] => runtime === undefined && !SYSCTL.test(name) ? [{ path: pointerTo('sysctls', name), message: `is no kernel setting that a container has of its own: those are ${SYSCTLS.join(', ')}, and what begins with net. or fs.mqueue.` }] : []),
    ...dns.flatMap((address, at): Fault[] => isIP(address) === 0 ? [{ path: `/dns/${at}`, message: 'must be an IPv4 or IPv6 address such as "10.0.0.53"' }] : []),
    ...test[0] !== undefined && test[0] !== '' && !PROBES.includes(test[0]) ? [{ path: '/healthcheck/test/0', message: `must be one of ${PROBES.join(', ')}` }] : []
  ]
  if (faults.length > 0) throw invalidInput(faults.map(({ path, message }) => `${path} ${message}`).join('; '), faults)
}
