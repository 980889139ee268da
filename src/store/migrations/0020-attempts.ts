import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('attempts')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('owner_id', 'text', column => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('key_digest', 'text', column => column.notNull())
    .addColumn('input_digest', 'text', column => column.notNull())
    .addColumn('created_at', 'text', column => column.notNull())
    .addColumn('answer', 'text')
    .addColumn('bytes', 'integer', column => column.notNull())
    .addUniqueConstraint('attempts_key', ['owner_id', 'key_digest'])
    .execute()
  await db.schema.createIndex('attempts_owner').on('attempts').columns(['owner_id', 'bytes']).execute()
  await db.schema.createIndex('attempts_age').on('attempts').column('created_at').execute()
}
