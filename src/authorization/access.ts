import { forbidden, noSuch, unauthenticated } from '../lib/errors.js'
import type { Actor } from '../model/caller.js'
import type { AuthorizedOperation } from './authorization-spec.js'
import { INPUT_OF, type Resource, type ResourceKind } from '../model/resource.js'
import type { Target } from '../model/target.js'
import type { Decision, Scope } from './decision.js'
import { allows, takesMatch, covers, firstGrant, isEverywhere, isOnHost, isResourceKind, ruleOf, selectGrants, applicableGrants, appliesTo, type EffectiveGrant } from './effective-grant.js'
import { mayName } from './selector.js'
import type { UserGrantIndex } from './grant-index-cache.js'
import { ADMIN_ROLE } from './role-rights.js'

type Input = Readonly<{ [name: string]: unknown }>

const KINDS = Object.keys(INPUT_OF) as ResourceKind[]

/** What one's own token is always good for. */
const ALWAYS = new Set(['session.me', 'session.ticket'])

/**
 * What one caller may do, as it stood when the call came: the one place where it is decided, for every surface. Asks
 * nobody, and changes nothing.
 */
export class Access {
  readonly #here = new Map<string, readonly EffectiveGrant[]>()
  readonly #with = new Map<string, readonly EffectiveGrant[]>()

  /** @param order of the grants, where they are many */
  constructor (readonly actor: Actor | null, readonly grants: readonly EffectiveGrant[], private readonly order?: UserGrantIndex) {}

  /** Before anything is looked up. A refusal here costs the engine nothing. */
  checkScope (operation: AuthorizedOperation, input: Input): Scope {
    const { actor } = this
    const { name, permission, target } = operation
    if (permission === 'public') return allowed('public')
    if (actor === null) return denied('unauthenticated', unauthenticated('this call needs a token'))
    if (operation.sessionOnly === true && isToken(actor)) return denied('session-only', forbidden(`${name} takes a sign-in: an API token may not do this`))
    if (permission === 'internal') return internally(actor, name)
    if (permission === 'self') return this.#ownReach(operation)
    if (actor.admin) return allowed('admin')
    if (permission === 'admin') return this.#adminOnly(operation)
    if (typeof input.host !== 'string') return this.#anywhere(operation)
    const { host } = input
    const narrows = takesMatch(operation)
    const first = this.#first(name, host, ({ match }) => match === null || narrows)
    if (first !== undefined) return { ...allowed(ruleOf(first)), grant: first }
    const here = this.#on(host)
    if (here.length === 0) return denied('no-grant', noSuch('host', host))
    if (target === 'exec') return denied('no-grant', noSuch(target, String(input.exec)))
    if (!isResourceKind(target)) return denied('no-grant', mayNot(operation))
    // Whoever sees some resources of the kind is told of this one what they may know of it, and that takes a look.
    if (here.some(grant => grant.rights.kinds.has(target))) return allowed('look')
    return denied('no-grant', noSuch(target, referenceIn(operation, input)))
  }

  /**
   * With what the call is about.
   * @param scope what {@link checkScope} said of the same call, where it was asked before
   */
  decide (operation: AuthorizedOperation, input: Input, target: Target | undefined, scope?: Scope): Decision {
    const { actor } = this
    const { name, permission } = operation
    if (target !== undefined && (isAnothers(operation, target, actor) || (permission === 'self' && isElsewhere(target, actor)))) return denied('not-owner', noSuch(target.kind, target.reference))
    const reached = scope ?? this.checkScope(operation, input)
    if (reached.effect === 'deny' || permission !== undefined || actor?.admin === true) return reached
    // It covers everything, and no grant before it has the operation here.
    if (reached.grant?.match === null) return reached
    const resource = thingOf(target)
    const narrows = takesMatch(operation)
    const speaks = ({ match }: EffectiveGrant): boolean => match === null || narrows
    let isCovered = false
    const found = this.#first(name, input.host, grant => {
      if (!speaks(grant) || (resource !== undefined && !covers(grant, resource, this.#id))) return false
      isCovered = true
      return this.#fits(grant, operation, input, target, resource)
    }, resource)
    if (found !== undefined) return allowed(ruleOf(found))
    if (resource !== undefined && !isCovered && !this.#knowsBy(resource, grant => !allows(grant, name))) return denied('invisible', noSuch(target?.kind ?? resource.kind, target?.reference ?? ''))
    return denied('not-covered', this.#first(name, input.host, speaks) === undefined ? mayNot(operation) : notThis(operation))
  }

  /** The grants of which each carries the whole call alone, where {@link decide} has nothing against it; none of an admin's, who needs none. */
  grantsFor (operation: AuthorizedOperation, input: Input, target: Target | undefined): readonly EffectiveGrant[] {
    if (operation.permission !== undefined || this.actor?.admin === true) return []
    const resource = thingOf(target)
    return applicableGrants(this.#about(resource), operation)
      .filter(grant => isOnOrAnywhere(grant, input.host) && allows(grant, operation.name) && (resource === undefined || covers(grant, resource, this.#id)) && this.#fits(grant, operation, input, target, resource))
  }

  /** Whether the operation is allowed on this resource, e.g. for a row of a list or what an input names beside its target. */
  allows (operation: string, resource: Resource): boolean {
    if (this.actor?.admin === true) return true
    const about = this.#about(resource)
    const isOne = (grant: EffectiveGrant) => covers(grant, resource, this.#id)
    if (about === this.grants) return this.#having(operation, resource.host).some(isOne)
    return about.some(grant => isOnOrAnywhere(grant, resource.host) && allows(grant, operation) && isOne(grant))
  }

  /** Whether there is anything about this resource that the caller may do: then they may know that it is there. */
  knows (resource: Resource): boolean {
    return this.actor?.admin === true || this.#knowsBy(resource, () => true)
  }

  /** Whether there is nothing on a host that the caller may not know of. */
  seesAll (host: unknown): boolean {
    return this.actor?.admin === true || (typeof host === 'string' && this.#on(host).some(({ match, rights: { kinds } }) => match === null && KINDS.every(kind => kinds.has(kind))))
  }

  /** Whether the operation is allowed on everything of a host, so that nothing need be looked at one by one. */
  allowsAll (operation: string, host: string): boolean {
    return this.actor?.admin === true || this.#having(operation, host).some(({ match }) => match === null)
  }

  /** Whether the operation is allowed on something of a host. */
  allowsOn (operation: AuthorizedOperation, host: string): boolean {
    return this.actor?.admin === true || applicableGrants(this.#having(operation.name, host), operation).length > 0
  }

  /** What decides which rows of the operation are seen: while it stays the same, so do they. */
  rowRights ({ name }: AuthorizedOperation): string {
    return JSON.stringify([this.actor?.admin === true, this.#having(name, undefined).map(({ id, hosts, match }) => [id, hosts, match?.spec])])
  }

  /** Whether the operation is allowed on all hosts, also on those that come later, and on what has no host. */
  isEverywhere (operation: string): boolean {
    return this.actor?.admin === true || this.grants.some(grant => allows(grant, operation) && isEverywhere(grant))
  }

  /** Whether the caller may know that the host is there. */
  knowsHost (host: string): boolean {
    return this.actor?.admin === true || this.#on(host).length > 0
  }

  /** Whether images may be given these names, or lose them. */
  namesImages (operation: string, host: string, references: readonly string[]): boolean {
    return this.actor?.admin === true || this.#having(operation, host).some(({ match }) => match === null || mayName(match, references))
  }

  /** A list asks for each of its rows: what the answer begins with is worked out once. */
  #having (operation: string, host: unknown): readonly EffectiveGrant[] {
    const key = `${operation} ${typeof host === 'string' ? host : ''}`
    const known = this.#with.get(key) ?? selectGrants(this.#on(host), ({ rights }) => rights, grant => allows(grant, operation))
    this.#with.set(key, known)
    return known
  }

  #on (host: unknown): readonly EffectiveGrant[] {
    if (typeof host !== 'string') return this.grants
    const known = this.#here.get(host) ?? selectGrants(this.grants, ({ onHost }) => onHost, grant => isOnHost(grant, host))
    this.#here.set(host, known)
    return known
  }

  /** Those that may mean a resource; all, where there is none. */
  #about (resource: Resource | undefined): readonly EffectiveGrant[] {
    return resource === undefined ? this.grants : this.order?.about(resource, this.grants, this.#id) ?? this.grants
  }

  get #id (): string { return this.actor?.id ?? '' }

  #ownReach ({ name }: AuthorizedOperation): Decision {
    const { operations } = this.actor?.tokenScope ?? {}
    if (operations === undefined || ALWAYS.has(name) || operations(name)) return allowed('self')
    return denied('token-narrowed', forbidden(`you may not ${name} with this token: it is narrowed to other operations`))
  }

  #adminOnly (operation: AuthorizedOperation): Decision {
    const found = this.grants.find(grant => grant.role === ADMIN_ROLE && grant.scope === undefined && isEverywhere(grant))
    return found === undefined ? denied('admin-only', forbidden(`you may not ${operation.name}: it is for admins alone`)) : allowed(ruleOf(found))
  }

  #anywhere (operation: AuthorizedOperation): Decision {
    const found = this.grants.find(grant => allows(grant, operation.name) && appliesTo(grant, operation))
    return found === undefined ? denied('no-grant', mayNot(operation)) : allowed(ruleOf(found))
  }

  /** By a grant that says anything of such resources; `isOne` leaves out those that are known not to cover it. */
  #knowsBy (resource: Resource, isOne: (grant: EffectiveGrant) => boolean): boolean {
    const { kind, host } = resource
    return firstGrant(this.#about(resource), grant => grant.rights.kinds.has(kind) && isOnOrAnywhere(grant, host) && isOne(grant), grant => covers(grant, resource, this.#id)) !== undefined
  }

  /** The first with an operation on a host for which something holds; of those that may mean a resource, where it is about one. */
  #first (operation: string, host: unknown, holds: (grant: EffectiveGrant) => boolean, resource?: Resource): EffectiveGrant | undefined {
    return firstGrant(this.#about(resource), grant => isOnOrAnywhere(grant, host) && allows(grant, operation), holds)
  }

  /** Whether a grant that covers the resource carries the whole call alone: not the name by one and the resource by another. */
  #fits (grant: EffectiveGrant, operation: AuthorizedOperation, input: Input, target: Target | undefined, resource: Resource | undefined): boolean {
    if (grant.match === null) return true
    const name = operation.renames === undefined ? undefined : input[operation.renames]
    if (resource !== undefined && typeof name === 'string' && !covers(grant, { ...resource, name }, this.#id)) return false
    return operation.writesImages === undefined || mayName(grant.match, operation.writesImages(input, target))
  }
}

const isOnOrAnywhere = (grant: EffectiveGrant, host: unknown): boolean => typeof host !== 'string' || isOnHost(grant, host)

const allowed = (rule: string): Decision => ({ effect: 'allow', rule })
const denied = (rule: string, failure: ReturnType<typeof forbidden>): Decision => ({ effect: 'deny', rule, failure })

const mayNot = ({ name }: AuthorizedOperation) => forbidden(`you may not ${name}: no grant of yours has it`)

function notThis ({ name, target, writesImages }: AuthorizedOperation) {
  const what = writesImages === undefined ? `this ${target ?? 'one'}` : 'images of these names'
  return forbidden(`you may not ${name}: your grants have it, but not for ${what}`)
}

/** What the gateway does by itself, and nobody else. */
function internally ({ credential }: Actor, name: string): Decision {
  if (credential.kind === 'internal') return allowed(credential.id)
  return denied('internal', forbidden(`${name} is for the gateway alone`))
}

/** An API token, or a ticket that was made with one. */
function isToken ({ credential }: Actor): boolean {
  return credential.kind === 'token' || (credential.kind === 'ticket' && credential.of.kind === 'token')
}

/**
 * What is one's own is nobody else's to see, but an admin's. An exec is its maker's alone: what goes through it was
 * meant for nobody else.
 */
function isAnothers ({ permission }: AuthorizedOperation, { kind, owner }: Target, actor: Actor | null): boolean {
  if (owner === undefined || owner === actor?.id) return false
  return kind === 'exec' || (permission === 'self' && actor?.admin !== true)
}

/** What grants are looked at for: of an exec its container. */
function thingOf (target: Target | undefined): Resource | undefined {
  if (target === undefined) return undefined
  return target.within ?? (isResourceKind(target.kind) ? { ...target, kind: target.kind } : undefined)
}

/** A token that is narrowed to some hosts has nothing of what is one's own on others. */
const isElsewhere = ({ host }: Target, actor: Actor | null): boolean => host !== undefined && actor?.tokenScope?.hosts?.(host) === false

const referenceIn = ({ target }: AuthorizedOperation, input: Input): string => isResourceKind(target) ? String(input[INPUT_OF[target]]) : ''
