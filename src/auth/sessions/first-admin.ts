import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { makePrivateDirectory } from '../../store/sqlite.js'
import { PASSWORD_MAX, PASSWORD_MIN } from './passwords.js'
import type { Users } from '../users.js'

export interface FirstAdmin {
  /** Whether this start made it. */
  readonly created: boolean
  /** Where the generated password was written; absent when it came from the settings, or nothing was made. */
  readonly passwordFile?: string
}

/**
 * Makes the user `admin` when there are no users at all. Comes before the port opens: there is no moment in which
 * whoever comes first owns the gateway.
 * @throws {Error} with one line for a password that is too short or too long; it is not quoted
 */
export async function ensureFirstAdmin (users: Users, { dataDir, password }: { readonly dataDir: string, readonly password?: string }): Promise<FirstAdmin> {
  const { items } = await users.list({ limit: 1 })
  if (items.length > 0) return { created: false }
  const passwordFile = password === undefined ? resolve(dataDir, 'initial-admin-password') : undefined
  const chosen = password ?? randomBytes(18).toString('base64url')
  if (chosen.length < PASSWORD_MIN || chosen.length > PASSWORD_MAX) throw new Error(`CAISSON_ADMIN_PASSWORD has ${chosen.length} characters: it takes ${PASSWORD_MIN} to ${PASSWORD_MAX}`)
  // The file first: an admin whose password nobody was told could not be helped.
  if (passwordFile !== undefined) writePrivate(passwordFile, `${chosen}\n`)
  await users.create({ username: 'admin', password: chosen, admin: true })
  return { created: true, passwordFile }
}

/** A file that was there goes first: it would keep its mode. */
function writePrivate (file: string, text: string): void {
  makePrivateDirectory(resolve(file, '..'))
  rmSync(file, { force: true })
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
}
