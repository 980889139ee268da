import type { Limits } from '../../../authorization/limits/schema.js'
import type { Violation } from '../rows.js'
import { isFields } from '../rows.js'
import { instead } from './words.js'

/** They write to the engine's own files, and nowhere else. */
const HARMLESS = ['json-file', 'local', 'none']
/** Options that say how much is kept, and what is written beside it: never where to. */
const OPTIONS = new Set(['max-size', 'max-file', 'max-buffer-size', 'mode', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag'])

/** A driver that sends has the engine call whatever address its options name. */
export function loggingViolations ({ Type = '', Config }: Readonly<Record<string, unknown>>, { logDrivers = [] }: Limits): Violation[] {
  const driver = String(Type ?? '')
  if (logDrivers.includes(driver)) return []
  if (driver !== '' && !HARMLESS.includes(driver)) return [{ limit: 'logDrivers', at: ['Type'], message: `${driver} is no log driver that you may use: ${instead([...HARMLESS, ...logDrivers])}` }]
  const strange = isFields(Config) ? Object.keys(Config).filter(name => !OPTIONS.has(name)) : []
  return strange.map(name => ({ limit: 'logDrivers', at: ['Config', name], message: `may not be set for ${driver === '' ? 'the engine\'s own driver' : driver}` }))
}
