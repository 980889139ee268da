import { openSqlite } from '../store/sqlite.js'
import type { JournalEntry } from './entry.js'
import { serve } from './thread-port.js'
import { appendBatch, recoverOpen } from './writer.js'

serve(location => {
  const db = openSqlite(location)
  return {
    /** Entries come as text: cheap to hand over, and already without what canonical JSON can't hold. */
    append: (texts: readonly string[]) => { appendBatch(db, texts.map(text => JSON.parse(text) as JournalEntry)) },
    recover: () => recoverOpen(db),
    close: () => { db.close() }
  }
})
