import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

/** OWASP's parameters for Argon2id (which is the package's default variant): 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

export const PASSWORD_MIN = 12
export const PASSWORD_MAX = 1_024

/** Argon2id in PHC format, with a salt of its own. Keyboards differ in how they compose letters: NFC makes them one. */
export const hashPassword = async (password: string): Promise<string> => await hash(password.normalize('NFC'), PARAMETERS)

let dummy: Promise<string> | undefined

/**
 * Whether the password is the hash's. Without a hash (no such user) the same work is done against the hash of
 * nobody's password, so that the time says nothing of who exists.
 */
export async function passwordMatches (passwordHash: string | undefined, password: string): Promise<boolean> {
  const nobody = await (dummy ??= hashPassword(randomBytes(32).toString('base64url')))
  const matches = await verify(passwordHash ?? nobody, password.normalize('NFC'))
  return matches && passwordHash !== undefined
}
