import { posix } from 'node:path'
import { bareCapability, isGivenAnyway } from '../../../authorization/limits/capabilities.js'
import type { Limits } from '../../../authorization/limits/schema.js'
import { isFields } from '../rows.js'
import { fitsOne, instead, overText } from './words.js'

/** Tightens, and never loosens. */
const NO_NEW_PRIVILEGES = /^no-new-privileges(?:[=:]true)?$/

export const refusePrivileged = (value: unknown, { privileged = false }: Limits): string | undefined =>
  value === false || privileged ? undefined : 'is as good as root on the host, and no grant of yours allows it'

export const refuseCapability = overText<Limits>((name, { capabilities = [] }) => {
  const isAllowed = isGivenAnyway(name) || capabilities.some(allowed => bareCapability(allowed) === bareCapability(name))
  return isAllowed ? undefined : `${name} may not be added: ${instead(capabilities, 'what engines give anyway')}`
})

/** Old engines also take a colon where the others have an equals sign. */
export const refuseSecurityOption = overText<Limits>((option, { securityOptions }) => {
  const modern = /^[a-z-]+:/.test(option) ? option.replace(':', '=') : option
  if (NO_NEW_PRIVILEGES.test(option) || fitsOne(securityOptions, modern)) return undefined
  const short = modern.length > 80 ? `${modern.slice(0, 80)}…` : modern
  return `${short} may not be set: ${instead(securityOptions, 'no-new-privileges alone')}`
})

/** They are links into /proc. */
const DESCRIPTORS = /^\/dev\/(?:fd|stdin|stdout|stderr)(?:\/|$)/

/** What a file descriptor that leaked into the process leads to, by its usual names: a container has others, of its own making. */
export const refuseWorkingDir = overText<Limits>(path => {
  const clean = posix.normalize(path)
  if (path.split('/').includes('..')) return 'may have no ".." in it'
  return clean === '/proc' || clean.startsWith('/proc/') || DESCRIPTORS.test(clean) ? 'may not be in /proc, which leads out of containers' : undefined
})

export function refuseUlimit (value: unknown, { ulimits = [] }: Limits): string | undefined {
  const name = isFields(value) ? String(value.Name).toLowerCase() : ''
  return ['rtprio', 'nice'].includes(name) && !ulimits.includes(name) ? `${name} gives its processes more than their share: ${instead(ulimits, 'neither rtprio nor nice')}` : undefined
}

export function refuseOomScore (value: unknown, { oomScoreAdj: lowest = 0 }: Limits): string | undefined {
  return typeof value === 'number' && value >= lowest ? undefined : `${String(value)} would have the host kill others first: ${lowest} is the lowest that your grant allows`
}

export const refuseRestart = overText<Limits>((name, { restartPolicies }) => {
  const wanted = name === '' ? 'no' : name
  return wanted === 'no' || restartPolicies === undefined || restartPolicies.some(allowed => allowed === wanted) ? undefined : `${wanted} may not be set: ${instead(restartPolicies, 'no restart policy')}`
})
