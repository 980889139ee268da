import { forbidden, noSuch, unauthenticated } from '../lib/errors.js'
import type { Actor } from '../model/caller.js'
import type { AuthorizedOperation } from './authorization-spec.js'
import { FIELD_OF, type Thing, type ThingKind } from '../model/resource.js'
import type { Target } from '../model/target.js'
import type { Decision } from './decision.js'
import { allows, canNarrow, covers, firstOf, isEverywhere, isOn, isThing, ruleOf, select, speakingOf, speaksOf, type Granted } from './effective-grant.js'
import { mayName } from './selector.js'
import type { Order } from './grant-index-cache.js'
import { ADMIN_ROLE } from './role-rights.js'

type Input = Readonly<{ [name: string]: unknown }>

const KINDS = Object.keys(FIELD_OF) as ThingKind[]

/** What one's own token is always good for. */
const ALWAYS = new Set(['session.me', 'session.ticket'])

/**
 * What one caller may do, as it stood when the call came: the one place where it is decided, for every surface. Asks
 * nobody, and changes nothing.
 */
export class Access {
  readonly #here = new Map<string, readonly Granted[]>()
  readonly #with = new Map<string, readonly Granted[]>()

  /** @param order of the grants, where they are many */
  constructor (readonly actor: Actor | null, readonly grants: readonly Granted[], private readonly order?: Order) {}

  /** Before anything is looked up. A refusal here costs the engine nothing. */
  reach (operation: AuthorizedOperation, input: Input): Decision {
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
    const narrows = canNarrow(operation)
    const first = this.#first(name, host, ({ match }) => match === null || narrows)
    if (first !== undefined) return allowed(ruleOf(first))
    const here = this.#on(host)
    if (here.length === 0) return denied('no-grant', noSuch('host', host))
    if (target === 'exec') return denied('no-grant', noSuch(target, String(input.exec)))
    if (!isThing(target)) return denied('no-grant', mayNot(operation))
    // Whoever sees some things of the kind is told of this one what they may know of it, and that takes a look.
    if (here.some(grant => grant.rights.kinds.has(target))) return allowed('look')
    return denied('no-grant', noSuch(target, referenceIn(operation, input)))
  }

  /** With what the call is about. */
  decide (operation: AuthorizedOperation, input: Input, target: Target | undefined): Decision {
    const { actor } = this
    const { name, permission } = operation
    if (target !== undefined && (isAnothers(operation, target, actor) || (permission === 'self' && isElsewhere(target, actor)))) return denied('not-owner', noSuch(target.kind, target.reference))
    const reached = this.reach(operation, input)
    if (reached.effect === 'deny' || permission !== undefined || actor?.admin === true) return reached
    const thing = thingOf(target)
    const narrows = canNarrow(operation)
    const speaks = ({ match }: Granted): boolean => match === null || narrows
    let isCovered = false
    const found = this.#first(name, input.host, grant => {
      if (!speaks(grant) || (thing !== undefined && !covers(grant, thing, this.#id))) return false
      isCovered = true
      return this.#fits(grant, operation, input, target, thing)
    }, thing)
    if (found !== undefined) return allowed(ruleOf(found))
    if (thing !== undefined && !isCovered && !this.#knowsBy(thing, grant => !allows(grant, name))) return denied('invisible', noSuch(target?.kind ?? thing.kind, target?.reference ?? ''))
    return denied('not-covered', this.#first(name, input.host, speaks) === undefined ? mayNot(operation) : notThis(operation))
  }

  /** The grants of which each carries the whole call alone, where {@link decide} has nothing against it; none of an admin's, who needs none. */
  carrying (operation: AuthorizedOperation, input: Input, target: Target | undefined): readonly Granted[] {
    if (operation.permission !== undefined || this.actor?.admin === true) return []
    const thing = thingOf(target)
    return speakingOf(this.#about(thing), operation)
      .filter(grant => isOnOrAnywhere(grant, input.host) && allows(grant, operation.name) && (thing === undefined || covers(grant, thing, this.#id)) && this.#fits(grant, operation, input, target, thing))
  }

  /** Whether the operation is allowed on this thing, e.g. for a row of a list or what an input names beside its target. */
  allows (operation: string, thing: Thing): boolean {
    if (this.actor?.admin === true) return true
    const about = this.#about(thing)
    const isOne = (grant: Granted) => covers(grant, thing, this.#id)
    if (about === this.grants) return this.#having(operation, thing.host).some(isOne)
    return about.some(grant => isOnOrAnywhere(grant, thing.host) && allows(grant, operation) && isOne(grant))
  }

  /** Whether there is anything about this thing that the caller may do: then they may know that it is there. */
  knows (thing: Thing): boolean {
    return this.actor?.admin === true || this.#knowsBy(thing, () => true)
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
    return this.actor?.admin === true || speakingOf(this.#having(operation.name, host), operation).length > 0
  }

  /** What decides which rows of the operation are seen: while it stays the same, so do they. */
  basis ({ name }: AuthorizedOperation): string {
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
  #having (operation: string, host: unknown): readonly Granted[] {
    const key = `${operation} ${typeof host === 'string' ? host : ''}`
    const known = this.#with.get(key) ?? select(this.#on(host), ({ rights }) => rights, grant => allows(grant, operation))
    this.#with.set(key, known)
    return known
  }

  #on (host: unknown): readonly Granted[] {
    if (typeof host !== 'string') return this.grants
    const known = this.#here.get(host) ?? select(this.grants, ({ onHost }) => onHost, grant => isOn(grant, host))
    this.#here.set(host, known)
    return known
  }

  /** Those that may mean a thing; all, where there is none. */
  #about (thing: Thing | undefined): readonly Granted[] {
    return thing === undefined ? this.grants : this.order?.about(thing, this.grants, this.#id) ?? this.grants
  }

  get #id (): string { return this.actor?.id ?? '' }

  #ownReach ({ name }: AuthorizedOperation): Decision {
    const { operations } = this.actor?.narrowing ?? {}
    if (operations === undefined || ALWAYS.has(name) || operations(name)) return allowed('self')
    return denied('token-narrowed', forbidden(`you may not ${name} with this token: it is narrowed to other operations`))
  }

  #adminOnly (operation: AuthorizedOperation): Decision {
    const found = this.grants.find(grant => grant.role === ADMIN_ROLE && grant.narrowed === undefined && isEverywhere(grant))
    return found === undefined ? denied('admin-only', forbidden(`you may not ${operation.name}: it is for admins alone`)) : allowed(ruleOf(found))
  }

  #anywhere (operation: AuthorizedOperation): Decision {
    const found = this.grants.find(grant => allows(grant, operation.name) && speaksOf(grant, operation))
    return found === undefined ? denied('no-grant', mayNot(operation)) : allowed(ruleOf(found))
  }

  /** By a grant that says anything of such things; `isOne` leaves out those that are known not to cover it. */
  #knowsBy (thing: Thing, isOne: (grant: Granted) => boolean): boolean {
    const { kind, host } = thing
    return firstOf(this.#about(thing), grant => grant.rights.kinds.has(kind) && isOnOrAnywhere(grant, host) && isOne(grant), grant => covers(grant, thing, this.#id)) !== undefined
  }

  /** The first with an operation on a host for which something holds; of those that may mean a thing, where it is about one. */
  #first (operation: string, host: unknown, holds: (grant: Granted) => boolean, thing?: Thing): Granted | undefined {
    return firstOf(this.#about(thing), grant => isOnOrAnywhere(grant, host) && allows(grant, operation), holds)
  }

  /** Whether a grant that covers the thing carries the whole call alone: not the name by one and the thing by another. */
  #fits (grant: Granted, operation: AuthorizedOperation, input: Input, target: Target | undefined, thing: Thing | undefined): boolean {
    if (grant.match === null) return true
    const name = operation.renames === undefined ? undefined : input[operation.renames]
    if (thing !== undefined && typeof name === 'string' && !covers(grant, { ...thing, name }, this.#id)) return false
    return operation.writesImages === undefined || mayName(grant.match, operation.writesImages(input, target))
  }
}

const isOnOrAnywhere = (grant: Granted, host: unknown): boolean => typeof host !== 'string' || isOn(grant, host)

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
function thingOf (target: Target | undefined): Thing | undefined {
  if (target === undefined) return undefined
  return target.within ?? (isThing(target.kind) ? { ...target, kind: target.kind } : undefined)
}

/** A token that is narrowed to some hosts has nothing of what is one's own on others. */
const isElsewhere = ({ host }: Target, actor: Actor | null): boolean => host !== undefined && actor?.narrowing?.hosts?.(host) === false

const referenceIn = ({ target }: AuthorizedOperation, input: Input): string => isThing(target) ? String(input[FIELD_OF[target]]) : ''
