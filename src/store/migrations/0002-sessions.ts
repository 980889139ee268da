import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  await families(db)
  await refreshTokens(db)
  await loginFailures(db)
}

async function families (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('session_families')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('user_id', 'text', column => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('address', 'text', column => column.notNull())
    .addColumn('created_at', 'text', column => column.notNull())
    .addColumn('expires_at', 'text', column => column.notNull())
    .addColumn('ended_at', 'text')
    .execute()
  await db.schema.createIndex('session_families_user').on('session_families').column('user_id').execute()
  await db.schema.createIndex('session_families_expiry').on('session_families').column('expires_at').execute()
}

async function refreshTokens (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('refresh_tokens')
    .addColumn('hash', 'text', column => column.primaryKey())
    .addColumn('family_id', 'text', column => column.notNull().references('session_families.id').onDelete('cascade'))
    .addColumn('created_at', 'text', column => column.notNull())
    .addColumn('used_at', 'text')
    .execute()
  await db.schema.createIndex('refresh_tokens_family').on('refresh_tokens').column('family_id').execute()
}

async function loginFailures (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('login_failures')
    .addColumn('key', 'text', column => column.primaryKey())
    .addColumn('known', 'integer', column => column.notNull())
    .addColumn('failures', 'integer', column => column.notNull())
    .addColumn('last_at', 'text', column => column.notNull())
    .addColumn('locked_until', 'text')
    .execute()
  await db.schema.createIndex('login_failures_age').on('login_failures').columns(['known', 'last_at']).execute()
}
