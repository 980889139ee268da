import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('execs')
    .addColumn('host', 'text', column => column.notNull())
    .addColumn('id', 'text', column => column.notNull())
    .addColumn('container_id', 'text', column => column.notNull())
    .addColumn('owner_id', 'text', column => column.notNull())
    .addColumn('terminal', 'integer', column => column.notNull())
    .addColumn('detach_keys', 'text')
    .addColumn('mark', 'text', column => column.notNull())
    .addColumn('run_as', 'text')
    .addColumn('privileged', 'integer', column => column.notNull())
    .addColumn('created_at', 'text', column => column.notNull())
    .addColumn('started_at', 'text')
    .addPrimaryKeyConstraint('execs_key', ['host', 'id'])
    .execute()
  await db.schema.createIndex('execs_age').on('execs').column('created_at').execute()
}
