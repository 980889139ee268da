import { parseCommandLine } from './command-line.js'
import { readConfig, type Config } from './config.js'
import { createLog } from './log.js'
import { prepareMemory } from './lib/memory.js'

/** sysexits.h: something is wrong with the configuration. */
const EX_CONFIG = 78
/** sysexits.h: the command line is wrong. */
const EX_USAGE = 64

/** A start that fails says why in one line, and what the line says is for whoever wrote the setting. */
function giveUp (error: unknown): never {
  process.stderr.write(`caisson: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(EX_CONFIG)
}

function configured (): Config {
  try { return readConfig(process.env) } catch (error) { return giveUp(error) }
}

/** What was asked on the command line is answered before any setting is looked at. */
function answerCommandLine (): void {
  const asked = parseCommandLine(process.argv.slice(2))
  if (asked === undefined) return
  if ('unknown' in asked) {
    process.stderr.write(`caisson: ${asked.unknown}\n`)
    process.exit(EX_USAGE)
  }
  process.stdout.write(`${asked.text}\n`)
  process.exit(0)
}

answerCommandLine()
prepareMemory()
const config = configured()
const log = createLog(config.logLevel, process.stdout.isTTY)
// Read only now: a definition of an operation that lacks something stops the start here, in one line.
const { serve } = await import('./serve.js').catch(giveUp)
await serve(config, log).catch(giveUp)
