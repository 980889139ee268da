import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('jobs')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('owner_id', 'text', column => column.notNull())
    .addColumn('operation', 'text', column => column.notNull())
    .addColumn('host', 'text', column => column.notNull())
    .addColumn('state', 'text', column => column.notNull())
    .addColumn('created_at', 'text', column => column.notNull())
    .addColumn('ended_at', 'text')
    .addColumn('result', 'text')
    .addColumn('error', 'text')
    .execute()
  await db.schema.createIndex('jobs_owner').on('jobs').columns(['owner_id', 'id']).execute()
  await db.schema.createIndex('jobs_end').on('jobs').column('ended_at').execute()
  await db.schema.createTable('job_events')
    .addColumn('job_id', 'text', column => column.primaryKey().references('jobs.id').onDelete('cascade'))
    .addColumn('first', 'integer', column => column.notNull())
    .addColumn('lines', 'text', column => column.notNull())
    .execute()
}
