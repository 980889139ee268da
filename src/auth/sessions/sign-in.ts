import { createHmac, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { Failure, unauthenticated } from '../../lib/errors.js'
import type { VerifiedCredential } from '../../model/caller.js'
import type { Subject } from '../../model/target.js'
import type { Schema } from '../../store/schema.js'
import { ADDRESS_LIMITS, AddressAttempts, type AddressLimits } from './address-attempts.js'
import { LOGIN_ATTEMPT_LIMITS, LoginAttempts, type LoginAttemptLimits } from './login-attempts.js'
import { passwordMatches } from './passwords.js'

export interface SignInOptions {
  readonly now?: () => Date
  readonly attempts?: LoginAttemptLimits
  readonly addresses?: AddressLimits
  /** Keys the digests of names that no user has: they may be passwords, typed into the wrong field. */
  readonly digestKey?: Uint8Array
}

/** Passwords under way at once: each costs 19 MiB and a thread of the pool while it is checked. */
const AT_ONCE = 100

export const wrongPassword = () => unauthenticated('the username or the password is wrong')

/** Checks passwords, and how often it is asked to. */
export class SignIn {
  readonly #db: Kysely<Schema>
  readonly #attempts: LoginAttempts
  readonly #addresses: AddressAttempts
  readonly #digestKey: Uint8Array
  #underWay = 0

  constructor (db: Kysely<Schema>, { now = () => new Date(), attempts = LOGIN_ATTEMPT_LIMITS, addresses = ADDRESS_LIMITS, digestKey = randomBytes(32) }: SignInOptions) {
    this.#db = db
    this.#attempts = new LoginAttempts(db, now, attempts)
    this.#addresses = new AddressAttempts(now, addresses)
    this.#digestKey = digestKey
  }

  /**
   * @throws `unauthenticated`, in the same words and the same time for a wrong password, an unknown and a disabled
   * user; `rate-limited` after ten wrong passwords in a row, or too many from one address
   */
  async prove (username: string, password: string, address: string, concerning: (subject: Subject) => void): Promise<VerifiedCredential> {
    if (this.#underWay >= AT_ONCE) throw new Failure('overloaded', 'too many people sign in at this moment: try again')
    this.#underWay++
    try {
      return await this.#addresses.attempt(address, async () => {
        const user = await this.#find(username)
        concerning(user === undefined ? this.#nobody(username) : { kind: 'user', id: user.id, name: user.username })
        return await this.#attempts.attempt(username, user !== undefined, async () => await this.#check(username, password))
      })
    } finally {
      this.#underWay--
    }
  }

  /** Others may have been before it in the queue for this name: what counts is the password there is now. */
  async #check (username: string, password: string): Promise<VerifiedCredential> {
    const user = await this.#find(username)
    const right = await passwordMatches(user?.password_hash, password)
    if (!right || user?.disabled !== 0) throw wrongPassword()
    return { user: { id: user.id, username: user.username }, version: user.security_version, credential: 'password', evidence: user.password_hash }
  }

  async #find (username: string) {
    return await this.#db.selectFrom('users').selectAll().where('username_key', '=', username.toLowerCase()).executeTakeFirst()
  }

  #nobody (username: string): Subject {
    const digest = createHmac('sha256', this.#digestKey).update(username.toLowerCase()).digest('hex')
    return { kind: 'user', id: `hmac:${digest.slice(0, 16)}` }
  }
}
