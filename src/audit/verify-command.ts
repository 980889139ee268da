import { openDatabase } from '../store/database.js'
import type { JournalSchema } from '../store/schema.js'
import { journalLocation } from '../store/sqlite.js'
import { verifyChain, type Verdict } from './verify.js'

/** No such database, or it can't be read (EX_NOINPUT). */
const NO_INPUT = 66

/**
 * `npm run audit:verify`: reads the journal of the data directory, whether or not a gateway runs on it.
 * Exit code 0: whole; 1: tampered with; 66: there is nothing to read. It needs no other setting than these two,
 * so that a copy can be checked anywhere.
 */
async function main (): Promise<number> {
  const { CAISSON_DATABASE_URL: url = 'sqlite:', CAISSON_DATA_DIR: dataDir = './data' } = process.env
  try {
    const db = openDatabase<JournalSchema>({ ...journalLocation({ url, dataDir }), readOnly: true })
    try { return report(await verifyChain(db)) } finally { await db.destroy() }
  } catch (error) {
    console.error(`the journal can't be read: ${error instanceof Error ? error.message : String(error)}`)
    return NO_INPUT
  }
}

function report (verdict: Verdict): number {
  if (verdict.ok) console.log(`the journal is whole: ${verdict.lines} ${verdict.lines === 1 ? 'line' : 'lines'}`)
  else console.error(`the journal was tampered with: ${verdict.seq === 0 ? '' : `line ${verdict.seq}: `}${verdict.reason}`)
  return verdict.ok ? 0 : 1
}

process.exitCode = await main()
