import type { Kysely } from 'kysely'
import { invalidField } from '../lib/errors.js'
import type { JobState } from '../model/job-state.js'
import type { Schema } from '../store/schema.js'
import { lastEventOf } from './events.js'
import { jobOf, type Job } from './job.js'
import { JobLog } from './log.js'
import { jsonOrNull } from '../lib/json-or-null.js'

export interface JobQuery {
  readonly limit: number
  readonly cursor?: string
  readonly state?: JobState
  readonly operation?: string
  readonly host?: string
  /** Only the jobs of this user. */
  readonly ownerId?: string
  /** Only the jobs on hosts that this says yes to. */
  readonly onHost?: (host: string) => boolean
}

export interface OwnedJob { readonly job: Job, readonly ownerId: string }

/** The jobs as the database has them. */
export class JobStore {
  readonly #db: Kysely<Schema>

  constructor (db: Kysely<Schema>) {
    this.#db = db
  }

  async insert ({ id, operation, host, state, createdAt }: Job, ownerId: string): Promise<void> {
    await this.#db.insertInto('jobs').values({ id, owner_id: ownerId, operation, host, state, created_at: createdAt }).execute()
  }

  async remove (id: string): Promise<void> {
    await this.#db.deleteFrom('jobs').where('id', '=', id).execute()
  }

  /** The end, and what was told until then, so that it can be read for as long as the job is kept. */
  async finish ({ id, state, endedAt, result, error }: Job, { first, lines }: JobLog): Promise<void> {
    await this.#db.transaction().execute(async transaction => {
      await transaction.updateTable('jobs').where('id', '=', id).set({ state, ended_at: endedAt, result: jsonOrNull(result), error: jsonOrNull(error) }).execute()
      await transaction.insertInto('job_events').values({ job_id: id, first, lines: lines.join('\n') })
        .onConflict(conflict => conflict.doNothing()).execute()
    })
  }

  /** At the start: whatever still runs in the database runs nowhere. */
  async interruptAll (): Promise<void> {
    await this.#db.updateTable('jobs').where('state', '=', 'running').set({ state: 'interrupted', ended_at: new Date().toISOString() }).execute()
  }

  async find (id: string): Promise<OwnedJob | undefined> {
    const row = await this.#db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : { job: jobOf(row), ownerId: row.owner_id }
  }

  /** Newest first. */
  async list ({ limit, cursor, state, operation, host, ownerId, onHost }: JobQuery): Promise<{ items: Job[], nextCursor?: string }> {
    let query = this.#db.selectFrom('jobs').selectAll().orderBy('id', 'desc').limit(limit + 1)
    if (cursor !== undefined) query = query.where('id', '<', idIn(cursor))
    if (state !== undefined) query = query.where('state', '=', state)
    if (operation !== undefined) query = query.where('operation', '=', operation)
    if (host !== undefined) query = query.where('host', '=', host)
    if (ownerId !== undefined) query = query.where('owner_id', '=', ownerId)
    if (onHost !== undefined) {
      const hosts = (await this.#hosts(ownerId)).filter(onHost)
      if (hosts.length === 0) return { items: [] }
      query = query.where('host', 'in', hosts)
    }
    const rows = await query.execute()
    const items = rows.slice(0, limit).map(jobOf)
    return rows.length > limit ? { items, nextCursor: items.at(-1)?.id } : { items }
  }

  /** Those that there are jobs on. */
  async #hosts (ownerId: string | undefined): Promise<string[]> {
    const query = this.#db.selectFrom('jobs').select('host').distinct()
    return (await (ownerId === undefined ? query : query.where('owner_id', '=', ownerId)).execute()).map(({ host }) => host)
  }

  /** What a job that has ended told. One that a crash ended took that along. */
  async log (job: Job): Promise<JobLog> {
    const row = await this.#db.selectFrom('job_events').selectAll().where('job_id', '=', job.id).executeTakeFirst()
    const kept = row === undefined ? null : { first: row.first, lines: row.lines === '' ? [] : row.lines.split('\n') }
    return new JobLog(kept, lastEventOf(job))
  }

  async removeEndedBefore (time: Date): Promise<void> {
    await this.#db.deleteFrom('jobs').where('ended_at', '<', time.toISOString()).execute()
  }
}

function idIn (cursor: string): string {
  if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(cursor)) throw invalidField('cursor', 'is not a cursor of this list')
  return cursor
}
