import type { Kysely, Selectable } from 'kysely'
import type { ExecTable, Schema } from '../../store/schema.js'
import type { LabelledExec } from './exec-end.js'

/** One that nobody has attached to in this time can't be attached to any more. */
export const START_MS = 3_600_000
/** Nobody asks for one that is older. */
const KEPT_MS = 30 * 24 * 3_600_000

/** An exec, with whose it is. */
export interface OwnedExec extends LabelledExec {
  readonly host: string
  readonly ownerId: string
  readonly terminal: boolean
  /** Where they are not the usual ones. */
  readonly detachKeys?: string
}

/** Whose the execs are that were made here: the engine would tell anybody of them who knows an id. */
export class Execs {
  readonly #db: Kysely<Schema>
  readonly #now: () => number

  constructor (db: Kysely<Schema>, now: () => number = Date.now) {
    this.#db = db
    this.#now = now
  }

  /** Before it is started. `started`: by who makes it, so that nobody can attach to it. */
  async add ({ host, execId, containerId, ownerId, terminal, detachKeys, mark, user, privileged }: OwnedExec, { started }: { started: boolean }): Promise<void> {
    const now = this.#time()
    await this.#db.deleteFrom('execs').where(({ eb, or, and }) => or([
      eb('created_at', '<', this.#time(KEPT_MS)),
      and([eb('started_at', 'is', null), eb('created_at', '<', this.#time(START_MS))])
    ])).execute()
    await this.#db.insertInto('execs').values({
      host,
      id: execId,
      container_id: containerId,
      owner_id: ownerId,
      terminal: terminal ? 1 : 0,
      detach_keys: detachKeys ?? null,
      mark,
      run_as: user ?? null,
      privileged: privileged === true ? 1 : 0,
      created_at: now,
      started_at: started ? now : null
    }).execute()
  }

  async find (host: string, id: string): Promise<OwnedExec | undefined> {
    const row = await this.#db.selectFrom('execs').selectAll().where('host', '=', host).where('id', '=', id).executeTakeFirst()
    return row === undefined || (row.started_at === null && row.created_at < this.#time(START_MS)) ? undefined : execOf(row)
  }

  /** Whether it was not started before: it can be once. */
  async begin (host: string, id: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.updateTable('execs').set({ started_at: this.#time() })
      .where('host', '=', host).where('id', '=', id).where('started_at', 'is', null).executeTakeFirst()
    return numUpdatedRows > 0n
  }

  #time (agoMs = 0): string {
    return new Date(this.#now() - agoMs).toISOString()
  }
}

const execOf = (row: Selectable<ExecTable>): OwnedExec => ({
  host: row.host,
  execId: row.id,
  containerId: row.container_id,
  ownerId: row.owner_id,
  terminal: row.terminal === 1,
  detachKeys: row.detach_keys ?? undefined,
  mark: row.mark,
  user: row.run_as ?? undefined,
  privileged: row.privileged === 1
})

declare module '../../model/services.js' {
  interface Services {
    readonly execs: Execs
  }
}
