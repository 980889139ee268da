import type { Kysely, Selectable } from 'kysely'
import type { DeadlineTable, Schema } from '../store/schema.js'

export type ExpirationRow = Selectable<DeadlineTable>

/** A container on its host. */
export interface Place { readonly host: string, readonly id: string }

const iso = (ms: number) => new Date(ms).toISOString()

/** The deadlines as the database has them. */
export class ExpirationStore {
  constructor (private readonly db: Kysely<Schema>) {}

  /** Before the container is there: known by the call that makes it. */
  async insert (callId: string, host: string, expiresMs: number): Promise<void> {
    await this.db.insertInto('deadlines').values({ call_id: callId, host, container_id: null, expires_at: iso(expiresMs), next_try_at: iso(expiresMs), tries: 0 }).execute()
  }

  async setContainer (callId: string, id: string, expiresMs: number): Promise<void> {
    await this.db.updateTable('deadlines').set({ container_id: id, expires_at: iso(expiresMs), next_try_at: iso(expiresMs), tries: 0 }).where('call_id', '=', callId).execute()
  }

  /** Only one that is not over can be moved: who acts on one that is over need not look again. */
  async move ({ host, id }: Place, expiresMs: number): Promise<boolean> {
    const { numUpdatedRows } = await this.db.updateTable('deadlines').set({ expires_at: iso(expiresMs), next_try_at: iso(expiresMs) })
      .where('host', '=', host).where('container_id', '=', id).where('expires_at', '>', iso(Date.now())).executeTakeFirst()
    return numUpdatedRows === 1n
  }

  async of ({ host, id }: Place): Promise<string | undefined> {
    const row = await this.db.selectFrom('deadlines').select('expires_at').where('host', '=', host).where('container_id', '=', id).executeTakeFirst()
    return row?.expires_at
  }

  /** By container id. */
  async on (host: string): Promise<Map<string, string>> {
    const rows = await this.db.selectFrom('deadlines').select(['container_id', 'expires_at']).where('host', '=', host).where('container_id', 'is not', null).execute()
    return new Map(rows.map(({ container_id: id, expires_at: expiresAt }) => [String(id), expiresAt]))
  }

  async due (host: string, but: readonly string[], limit: number): Promise<ExpirationRow[]> {
    const due = this.db.selectFrom('deadlines').selectAll().where('host', '=', host).where('next_try_at', '<=', iso(Date.now()))
    return await (but.length === 0 ? due : due.where('call_id', 'not in', but)).orderBy('next_try_at').limit(limit).execute()
  }

  async find (callId: string): Promise<ExpirationRow | undefined> {
    return await this.db.selectFrom('deadlines').selectAll().where('call_id', '=', callId).executeTakeFirst()
  }

  async postpone (callId: string, nextMs: number, tries: number): Promise<void> {
    await this.db.updateTable('deadlines').set({ next_try_at: iso(nextMs), tries }).where('call_id', '=', callId).execute()
  }

  async remove (callId: string): Promise<void> {
    await this.db.deleteFrom('deadlines').where('call_id', '=', callId).execute()
  }

  async removeOf ({ host, id }: Place): Promise<void> {
    await this.db.deleteFrom('deadlines').where('host', '=', host).where('container_id', '=', id).execute()
  }

  /** At the start: what a call made that the gateway's end cut off is looked for at once, and not when its time is over. */
  async hastenUnknown (): Promise<void> {
    await this.db.updateTable('deadlines').set({ next_try_at: iso(Date.now()) }).where('container_id', 'is', null).execute()
  }
}
