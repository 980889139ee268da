import { openDatabase } from '../store/database.js'
import type { JournalSchema } from '../store/schema.js'
import { listCalls, type CallQuery } from './reader.js'
import { serve } from './thread-port.js'

/** A search may look through much of the journal: on a thread apart it holds up neither requests nor lines. */
serve(location => {
  const db = openDatabase<JournalSchema>({ ...location, readOnly: true })
  return {
    list: async (query: CallQuery) => await listCalls(db, query),
    close: async () => { await db.destroy() }
  }
})
