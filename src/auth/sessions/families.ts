import type { Kysely } from 'kysely'
import { createHash, randomBytes } from 'node:crypto'
import { newId } from '../../lib/ids.js'
import type { Schema } from '../../store/schema.js'

/** How long a sign-in lasts, however often it is refreshed, in milliseconds: 30 days. */
export const FAMILY_LIFETIME = 30 * 24 * 3_600_000

const REFRESH_TOKEN = /^car_[\w-]{43}$/

export const isRefreshToken = (text: string): boolean => REFRESH_TOKEN.test(text)

/** 256 random bits need no slow hash: nobody guesses them. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Begins a family; those that are past their time go. */
export async function beginFamily (db: Kysely<Schema>, userId: string, address: string, now: Date): Promise<string> {
  const id = newId()
  const expires = new Date(now.getTime() + FAMILY_LIFETIME)
  await db.deleteFrom('session_families').where('expires_at', '<', now.toISOString()).execute()
  await db.insertInto('session_families')
    .values({ id, user_id: userId, address, created_at: now.toISOString(), expires_at: expires.toISOString(), ended_at: null }).execute()
  return id
}

/** A new refresh token of the family. It is returned, and nowhere kept: the store has its hash. */
export async function addToken (db: Kysely<Schema>, familyId: string, now: Date): Promise<string> {
  const token = `car_${randomBytes(32).toString('base64url')}`
  await db.insertInto('refresh_tokens').values({ hash: tokenHash(token), family_id: familyId, created_at: now.toISOString(), used_at: null }).execute()
  return token
}

/** Uses a token up. @returns false when it was used before: someone has a copy */
export async function useToken (db: Kysely<Schema>, hash: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable('refresh_tokens').set({ used_at: now.toISOString() })
    .where('hash', '=', hash).where('used_at', 'is', null).executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function endFamily (db: Kysely<Schema>, id: string, now = new Date()): Promise<void> {
  await db.updateTable('session_families').set({ ended_at: now.toISOString() }).where('id', '=', id).where('ended_at', 'is', null).execute()
}

export async function endFamiliesOf (db: Kysely<Schema>, userId: string, now = new Date()): Promise<void> {
  await db.updateTable('session_families').set({ ended_at: now.toISOString() }).where('user_id', '=', userId).where('ended_at', 'is', null).execute()
}
