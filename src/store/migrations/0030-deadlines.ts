import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('deadlines')
    .addColumn('call_id', 'text', column => column.primaryKey())
    .addColumn('host', 'text', column => column.notNull())
    .addColumn('container_id', 'text')
    .addColumn('expires_at', 'text', column => column.notNull())
    .addColumn('next_try_at', 'text', column => column.notNull())
    .addColumn('tries', 'integer', column => column.notNull())
    .addUniqueConstraint('deadlines_container', ['host', 'container_id'])
    .execute()
  await db.schema.createIndex('deadlines_due').on('deadlines').columns(['host', 'next_try_at']).execute()
}
