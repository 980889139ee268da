import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('users')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('username', 'text', column => column.notNull())
    .addColumn('username_key', 'text', column => column.notNull().unique())
    .addColumn('display_name', 'text')
    .addColumn('admin', 'integer', column => column.notNull())
    .addColumn('disabled', 'integer', column => column.notNull())
    .addColumn('password_hash', 'text', column => column.notNull())
    .addColumn('security_version', 'integer', column => column.notNull())
    .addColumn('created_at', 'text', column => column.notNull())
    .execute()
}
