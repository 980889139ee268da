import type { ThingKind, Thing } from '../model/resource.js'
import type { AuthorizedOperation } from './authorization-spec.js'
import type { Limits } from './limits/schema.js'
import type { Quota } from './quota.js'
import { means, type CompiledMatch } from './selector.js'
import type { Must } from './required-text.js'
import type { Matcher } from './patterns.js'
import type { Rights } from './role-rights.js'

/** A grant as a decision looks at it. */
export interface Granted {
  /** Its id; `admin` for what an admin has without a grant. */
  readonly id: string
  readonly role: string
  /** The group through which the caller has it. */
  readonly group?: string
  readonly rights: Rights
  /** As they were written. */
  readonly hosts: readonly string[]
  readonly onHost: Matcher
  readonly onHostMust: Must
  readonly match: CompiledMatch | null
  /** What its role lets be created; null: anything. */
  readonly limits: Limits | null
  /** What all that is made by it may have together. */
  readonly quota: Quota | null
  /** How the caller's token narrows it. */
  readonly narrowed?: Narrowed
}

/** What is left of a grant by an API token. */
export interface Narrowed {
  readonly allows: (operation: string) => boolean
  readonly onHost: Matcher
  readonly isEverywhere: boolean
}

const THINGS: ReadonlySet<string> = new Set<ThingKind>(['container', 'image', 'network', 'volume'])

/** Whether grants that are narrowed to some things can speak of what a call is about. */
export const isThing = (kind: string | undefined): kind is ThingKind => kind !== undefined && THINGS.has(kind)

/** By which rule the journal knows it. */
export const ruleOf = ({ id }: Granted): string => id === 'admin' ? 'admin' : `grant:${id}`

export const allows = ({ rights, narrowed }: Granted, operation: string): boolean =>
  rights.operations.has(operation) && (narrowed?.allows(operation) ?? true)

/** Grants share what their texts came to: what was found of one is not worked out for the next that has the same. */
export function select<P> (grants: readonly Granted[], partOf: (grant: Granted) => P, holds: (grant: Granted) => boolean): Granted[] {
  const found: Granted[] = []
  let last: P | undefined
  let yes = false
  for (const grant of grants) {
    const part = partOf(grant)
    if (grant.narrowed !== undefined || part !== last) {
      last = part
      yes = holds(grant)
    }
    if (yes) found.push(grant)
  }
  return found
}

/**
 * The first of those that are of a kind, by their hosts and their rights, for which something holds. Most calls are decided by
 * one walk like this, which makes nothing that has to be thrown away.
 */
export function firstOf (grants: readonly Granted[], isOfKind: (grant: Granted) => boolean, holds: (grant: Granted) => boolean): Granted | undefined {
  let last: Granted | undefined
  let yes = false
  for (const grant of grants) {
    if (grant.narrowed !== undefined || grant.onHost !== last?.onHost || grant.rights !== last.rights) yes = isOfKind(grant)
    last = grant
    if (yes && holds(grant)) return grant
  }
  return undefined
}

export const isOn = ({ onHost, narrowed }: Granted, host: string): boolean => onHost(host) && (narrowed?.onHost(host) ?? true)

export const covers = ({ match }: Granted, thing: Thing, userId: string): boolean => match === null || means(match, thing, userId)

/** On all hosts, and everything there. */
export const isEverywhere = ({ hosts, match, narrowed }: Granted): boolean => match === null && hosts.includes('*') && (narrowed?.isEverywhere ?? true)

/**
 * Whether a grant that is narrowed to some things says anything of an operation: of one about a thing, or that names some, or whose rows
 * are things, or that makes one, or that is about no more of a host than that it is there. The rest is about hosts as
 * a whole, and takes a grant without a match.
 */
export const canNarrow = ({ target, filtered, claims, stamps, writesImages, ofHost }: AuthorizedOperation): boolean =>
  isThing(target) || target === 'exec' || filtered !== undefined || claims !== undefined || stamps !== undefined || writesImages !== undefined || ofHost === true

export const speaksOf = ({ match }: Granted, operation: AuthorizedOperation): boolean => match === null || canNarrow(operation)

/** Those of them that say something of the operation. */
export const speakingOf = (grants: readonly Granted[], operation: AuthorizedOperation): readonly Granted[] =>
  canNarrow(operation) ? grants : grants.filter(({ match }) => match === null)
