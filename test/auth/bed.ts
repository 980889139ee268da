import { join } from 'node:path'
import type { Kysely } from 'kysely'
import type { Test } from 'tap'
import { Sessions, type Claims, type SessionTokens } from '../../src/auth/sessions/sessions.js'
import type { SignInOptions } from '../../src/auth/sessions/sign-in.js'
import { Users } from '../../src/auth/users.js'
import type { TokenSigner } from '../../src/model/caller.js'
import { openDatabase } from '../../src/store/database.js'
import { migrate } from '../../src/store/migrate.js'
import type { Schema } from '../../src/store/schema.js'
import { tempDir } from '../audit/bed.js'

export const PASSWORD = 'correct horse battery staple'

/** A signer whose tokens can be read: what they claim is what the tests are about. */
export const tokens: TokenSigner = { sign: claims => JSON.stringify(claims), lifetimeSeconds: 900 }

export const claimsIn = ({ accessToken }: { readonly accessToken: string }): Claims => JSON.parse(accessToken) as Claims

export const from = { address: '10.0.0.9', tokens }

/** What the door does for `session.login` and `session.refresh`, without the journal. */
export const signIn = async (sessions: Sessions, username: string, password: string, { address }: { readonly address: string } = from): Promise<SessionTokens> =>
  await sessions.begin(await sessions.provePassword(username, password, address, () => {}), { address, tokens })
export const refreshed = async (sessions: Sessions, refreshToken: string): Promise<SessionTokens> =>
  await sessions.refresh(await sessions.proveRefreshToken(refreshToken, () => {}), tokens)

export interface AuthBed {
  readonly dataDir: string
  readonly file: string
  readonly db: Kysely<Schema>
  readonly users: Users
  readonly sessions: Sessions
  /** The clock that sessions go by. */
  readonly clock: { now: number }
  /** Users and sessions once more, over a connection of their own, as after a restart. */
  reopen (): { db: Kysely<Schema>, users: Users, sessions: Sessions }
}

export async function authBed (t: Test, options: SignInOptions = {}): Promise<AuthBed> {
  const dataDir = tempDir(t)
  const clock = { now: Date.now() }
  const reopen = () => {
    const db = openDatabase({ url: 'sqlite:', dataDir })
    t.teardown(async () => { await db.destroy() })
    return { db, users: new Users(db), sessions: new Sessions(db, { now: () => new Date(clock.now), ...options }) }
  }
  const opened = reopen()
  await migrate(opened.db)
  return { dataDir, file: join(dataDir, 'caisson.db'), clock, reopen, ...opened }
}
