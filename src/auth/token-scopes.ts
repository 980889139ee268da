import { invalidInput, type Fault } from '../lib/errors.js'
import type { Registry } from '../operation/registry.js'
import type { Hosts } from '../engine/hosts.js'
import type { Access } from '../authorization/access.js'
import { anyOf } from '../authorization/patterns.js'
import { rightsOf } from '../authorization/role-rights.js'
import type { Policy } from '../authorization/policy.js'
import type { Actor, TokenScope } from '../model/caller.js'
import { checkOperations } from './role.js'
import type { Roles } from './roles.js'
import type { TokenScopeRow } from './token.js'

interface Parts { readonly policy: Policy, readonly roles: Roles, readonly operations: Registry, readonly hosts: Hosts }

/** What API tokens leave of what their owners may do. */
export class TokenScopes {
  constructor (private readonly parts: Parts) {}

  /** As it stands now: a role that is gone gives nothing. undefined: nothing is taken away. */
  async of ({ roles, hosts, operations }: TokenScopeRow): Promise<Omit<TokenScope, 'ofAdmin'> | undefined> {
    if (roles === undefined && hosts === undefined && operations === undefined) return undefined
    const inRoles = roles === undefined ? undefined : await this.#operationsOf(roles)
    const named = operations === undefined ? undefined : anyOf(operations)
    const both = inRoles === undefined && named === undefined ? {} : { operations: (name: string) => (inRoles?.has(name) ?? true) && (named?.(name) ?? true) }
    return { ...both, ...(hosts === undefined ? {} : { hosts: anyOf(hosts) }) }
  }

  /**
   * Whether an owner has what a token is to have.
   * @throws `invalid-input` with what is too much, and for what is not there at all
   */
  async check (owner: Actor, scope: TokenScopeRow): Promise<void> {
    const { roles = [], hosts = [], operations } = scope
    if (operations !== undefined) checkOperations(this.parts.operations, operations)
    const access = await this.parts.policy.of(owner)
    const missing = await Promise.all(roles.map(async (name, at) => await this.#roleFaults(access, name, at)))
    const faults = [...missing.flat(), ...this.#operationFaults(access, operations ?? []), ...this.#hostFaults(access, hosts)]
    if (faults.length > 0) throw invalidInput(faults.map(({ path, message }) => `${path} ${message}`).join('; '), faults)
  }

  async #operationsOf (names: readonly string[]): Promise<ReadonlySet<string>> {
    const roles = await Promise.all(names.map(async name => await this.parts.roles.get(name)))
    return rightsOf(this.parts.operations, roles.flatMap(role => role?.operations ?? [])).operations
  }

  async #roleFaults (access: Access, name: string, at: number): Promise<Fault[]> {
    const role = await this.parts.roles.get(name)
    if (role === undefined) return [{ path: `/roles/${at}`, message: `is ${name}, and there is no such role` }]
    return this.#tooMuch(access, role.operations, `/roles/${at}`)
  }

  #operationFaults (access: Access, patterns: readonly string[]): Fault[] {
    return patterns.flatMap((pattern, at) => this.#tooMuch(access, [pattern], `/operations/${at}`))
  }

  #tooMuch (access: Access, patterns: readonly string[], path: string): Fault[] {
    const asked = [...rightsOf(this.parts.operations, patterns).operations]
    const more = asked.filter(name => !has(access, name))
    const some = more.slice(0, 5).join(', ') + (more.length > 5 ? ' …' : '')
    return more.length === 0 ? [] : [{ path, message: `asks for more than you have: you may not ${some}` }]
  }

  /** Hosts that the owner may not know of are not told apart from hosts that there are not. */
  #hostFaults (access: Access, patterns: readonly string[]): Fault[] {
    if (access.actor?.admin === true) return []
    const known = this.parts.hosts.all().map(({ name }) => name)
    return patterns.flatMap((pattern, at): Fault[] => {
      const isWanted = anyOf([pattern])
      const wanted = known.filter(isWanted)
      const own = [...new Set(access.grants.flatMap(({ hosts }) => hosts))].join(', ')
      const fits = wanted.length === 0 ? access.knowsHost(pattern) : wanted.every(host => access.knowsHost(host))
      return fits ? [] : [{ path: `/hosts/${at}`, message: `is ${pattern}, which is more than you have: your grants are on ${own === '' ? 'no host' : own}` }]
    })
  }
}

const has = (access: Access, name: string): boolean => access.actor?.admin === true || access.grants.some(({ rights }) => rights.operations.has(name))
