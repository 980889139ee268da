import type { Kysely, Selectable } from 'kysely'
import type { AttemptTable, Schema } from '../store/schema.js'

export type IdempotencyRow = Selectable<AttemptTable>
type NewRow = Pick<IdempotencyRow, 'id' | 'owner_id' | 'key_digest' | 'input_digest'>

/** The calls that were made under keys, as the database has them. */
export class IdempotencyTable {
  constructor (private readonly db: Kysely<Schema>) {}

  async find (ownerId: string, keyDigest: string): Promise<IdempotencyRow | undefined> {
    return await this.db.selectFrom('attempts').selectAll().where('owner_id', '=', ownerId).where('key_digest', '=', keyDigest).executeTakeFirst()
  }

  /** Of any number at once under one key, one is told true. */
  async insert (row: NewRow): Promise<boolean> {
    const { numInsertedOrUpdatedRows: made } = await this.db.insertInto('attempts').values({ ...row, created_at: new Date().toISOString(), answer: null, bytes: 0 })
      .onConflict(conflict => conflict.columns(['owner_id', 'key_digest']).doNothing()).executeTakeFirstOrThrow()
    return made === 1n
  }

  /** Whether it is there, without an answer. */
  async isOpen (id: string): Promise<boolean> {
    return await this.db.selectFrom('attempts').select('id').where('id', '=', id).where('answer', 'is', null).executeTakeFirst() !== undefined
  }

  async keep (id: string, answer: string): Promise<void> {
    await this.db.updateTable('attempts').set({ answer, bytes: answer.length }).where('id', '=', id).execute()
  }

  async remove (id: string): Promise<void> {
    await this.db.deleteFrom('attempts').where('id', '=', id).execute()
  }

  /** How many one user has, and how much their answers weigh together. */
  async usage (ownerId: string): Promise<{ keys: number, bytes: number }> {
    const { keys, bytes } = await this.db.selectFrom('attempts').where('owner_id', '=', ownerId)
      .select(({ fn }) => [fn.countAll<number>().as('keys'), fn.sum<number | null>('bytes').as('bytes')]).executeTakeFirstOrThrow()
    return { keys: Number(keys), bytes: Number(bytes ?? 0) }
  }

  async oldest (ownerId: string): Promise<string | undefined> {
    const row = await this.db.selectFrom('attempts').where('owner_id', '=', ownerId).select(({ fn }) => fn.min('created_at').as('oldest')).executeTakeFirst()
    return row?.oldest
  }

  async removeBefore (time: Date, but: readonly string[]): Promise<void> {
    const old = this.db.deleteFrom('attempts').where('created_at', '<', time.toISOString())
    await (but.length === 0 ? old : old.where('id', 'not in', but)).execute()
  }
}
