import { openSqlite } from '../store/sqlite.js'
import { adoptLines } from './adopt.js'
import type { JournalEntry } from './entry.js'
import { serve } from './thread-port.js'
import { appendBatch, recoverOpen } from './writer.js'

serve(location => {
  const db = openSqlite(location)
  return {
    /** Entries come as text: cheap to hand over, and already without what canonical JSON can't hold. */
    append: (texts: readonly string[]) => { appendBatch(db, texts.map(text => JSON.parse(text) as JournalEntry)) },
    /** `store`: the file of a store that may have an earlier version's journal. */
    adopt: (store: string) => adoptLines(db, store),
    recover: () => recoverOpen(db),
    close: () => { db.close() }
  }
})
