import { noSuch } from '../errors.js'
import type { TargetResolver } from '../operation/targets.js'
import type { Users } from './users.js'

/** A user, by id or by username. The id wins: a username that looks like an id takes nobody's place. */
export const userTarget = (users: Users): TargetResolver => ({
  field: 'user',
  async resolve (reference) {
    const user = await users.get(reference) ?? await users.byUsername(reference)
    if (user === undefined) throw noSuch('user', reference)
    return { kind: 'user', id: user.id, name: user.username, reference, object: user }
  }
})
