import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  await groups(db)
  await db.schema.createTable('roles')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('description', 'text')
    .addColumn('operations', 'text', column => column.notNull())
    .addColumn('limits', 'text', column => column.notNull())
    .addColumn('created_at', 'text', column => column.notNull())
    .execute()
  await grants(db)
}

async function groups (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('groups')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('name', 'text', column => column.notNull().unique())
    .addColumn('description', 'text')
    .addColumn('created_at', 'text', column => column.notNull())
    .execute()
  await db.schema.createTable('group_members')
    .addColumn('group_id', 'text', column => column.notNull().references('groups.id').onDelete('cascade'))
    .addColumn('user_id', 'text', column => column.notNull().references('users.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('group_members_key', ['group_id', 'user_id'])
    .execute()
  await db.schema.createIndex('group_members_user').on('group_members').column('user_id').execute()
}

async function grants (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('grants')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('user_id', 'text', column => column.references('users.id').onDelete('cascade'))
    .addColumn('group_id', 'text', column => column.references('groups.id').onDelete('cascade'))
    .addColumn('role', 'text', column => column.notNull())
    .addColumn('hosts', 'text', column => column.notNull())
    .addColumn('match', 'text')
    .addColumn('created_at', 'text', column => column.notNull())
    .execute()
  await db.schema.createIndex('grants_user').on('grants').column('user_id').execute()
  await db.schema.createIndex('grants_group').on('grants').column('group_id').execute()
}
