import { noSuch } from '../lib/errors.js'
import type { TargetResolver } from '../authorization/target-resolver.js'
import type { Services } from '../model/services.js'
import type { Target } from '../model/target.js'

type Kind = 'user' | 'group' | 'role' | 'grant' | 'token'
type Found = Omit<Target, 'kind' | 'reference'> | undefined
type Sources = Pick<Services, 'users' | 'groups' | 'roles' | 'grants' | 'apiTokens'>

/** How what access is made of is found: by id, and where it has one by name. The id wins, whatever somebody is called. */
export function accessTargets ({ users, groups, roles, grants, apiTokens }: Sources): Record<Kind, TargetResolver> {
  return {
    user: resolver('user', async reference => found(await users.get(reference) ?? await users.byUsername(reference), ({ id, username }) => ({ id, name: username }))),
    group: resolver('group', async reference => found(await groups.get(reference) ?? await groups.byName(reference), ({ id, name }) => ({ id, name }))),
    role: resolver('role', async reference => found(await roles.get(reference), ({ name }) => ({ id: name, name }))),
    grant: resolver('grant', async reference => found(await grants.get(reference), ({ id, role }) => ({ id, name: role }))),
    token: resolver('token', async reference => found(await apiTokens.find(reference), ({ token: { id, name }, ownerId }) => ({ id, name, owner: ownerId })))
  }
}

const resolver = (kind: Kind, find: (reference: string) => Promise<Found>): TargetResolver => ({
  field: kind,
  async resolve (reference) {
    const target = await find(reference)
    if (target === undefined) throw noSuch(kind, reference)
    return { kind, reference, ...target }
  }
})

const found = <T>(object: T | undefined, describe: (object: T) => Omit<NonNullable<Found>, 'object'>): Found =>
  object === undefined ? undefined : { ...describe(object), object }
