import type { ResourceKind, Resource } from '../model/resource.js'
import type { AuthorizedOperation } from './authorization-spec.js'
import type { Limits } from './limits/schema.js'
import type { Quota } from './quota.js'
import { matches, type CompiledMatch } from './selector.js'
import type { RequiredText } from './required-text.js'
import type { Matcher } from './patterns.js'
import type { Rights } from './role-rights.js'

/** A grant as a decision looks at it. */
export interface EffectiveGrant {
  /** Its id; `admin` for what an admin has without a grant. */
  readonly id: string
  readonly role: string
  /** The group through which the caller has it. */
  readonly group?: string
  readonly rights: Rights
  /** As they were written. */
  readonly hosts: readonly string[]
  readonly onHost: Matcher
  readonly requiredHost: RequiredText
  readonly match: CompiledMatch | null
  /** What its role lets be created; null: anything. */
  readonly limits: Limits | null
  /** What all that is made by it may have together. */
  readonly quota: Quota | null
  /** How the caller's token narrows it. */
  readonly scope?: GrantScope
}

/** What is left of a grant by an API token. */
export interface GrantScope {
  readonly allows: (operation: string) => boolean
  readonly onHost: Matcher
  readonly isEverywhere: boolean
}

const RESOURCE_KINDS: ReadonlySet<string> = new Set<ResourceKind>(['container', 'image', 'network', 'volume'])

/** Whether grants that are narrowed to some resources can speak of what a call is about. */
export const isResourceKind = (kind: string | undefined): kind is ResourceKind => kind !== undefined && RESOURCE_KINDS.has(kind)

/** By which rule the audit log knows it. */
export const ruleOf = ({ id }: EffectiveGrant): string => id === 'admin' ? 'admin' : `grant:${id}`

export const allows = ({ rights, scope }: EffectiveGrant, operation: string): boolean =>
  rights.operations.has(operation) && (scope?.allows(operation) ?? true)

/** Grants share what their texts came to: what was found of one is not worked out for the next that has the same. */
export function selectGrants<P> (grants: readonly EffectiveGrant[], partOf: (grant: EffectiveGrant) => P, holds: (grant: EffectiveGrant) => boolean): EffectiveGrant[] {
  const found: EffectiveGrant[] = []
  let last: P | undefined
  let yes = false
  for (const grant of grants) {
    const part = partOf(grant)
    if (grant.scope !== undefined || part !== last) {
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
export function firstGrant (grants: readonly EffectiveGrant[], isOfKind: (grant: EffectiveGrant) => boolean, holds: (grant: EffectiveGrant) => boolean): EffectiveGrant | undefined {
  let last: EffectiveGrant | undefined
  let yes = false
  for (const grant of grants) {
    if (grant.scope !== undefined || grant.onHost !== last?.onHost || grant.rights !== last.rights) yes = isOfKind(grant)
    last = grant
    if (yes && holds(grant)) return grant
  }
  return undefined
}

export const isOnHost = ({ onHost, scope }: EffectiveGrant, host: string): boolean => onHost(host) && (scope?.onHost(host) ?? true)

export const covers = ({ match }: EffectiveGrant, resource: Resource, userId: string): boolean => match === null || matches(match, resource, userId)

/** On all hosts, and everything there. */
export const isEverywhere = ({ hosts, match, scope }: EffectiveGrant): boolean => match === null && hosts.includes('*') && (scope?.isEverywhere ?? true)

/**
 * Whether a grant that is narrowed to some resources says anything of an operation: of one about a resource, or that names some, or whose rows
 * are resources, or that makes one, or that is about no more of a host than that it is there. The rest is about hosts as
 * a whole, and takes a grant without a match.
 */
export const takesMatch = ({ target, rowFilter, references, ownershipLabels, writesImages, hostOnly }: AuthorizedOperation): boolean =>
  isResourceKind(target) || target === 'exec' || rowFilter !== undefined || references !== undefined || ownershipLabels !== undefined || writesImages !== undefined || hostOnly === true

export const appliesTo = ({ match }: EffectiveGrant, operation: AuthorizedOperation): boolean => match === null || takesMatch(operation)

/** Those of them that say something of the operation. */
export const applicableGrants = (grants: readonly EffectiveGrant[], operation: AuthorizedOperation): readonly EffectiveGrant[] =>
  takesMatch(operation) ? grants : grants.filter(({ match }) => match === null)
