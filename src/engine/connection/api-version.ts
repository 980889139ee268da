import { invalidField, invalidInput, type Fault } from '../../lib/errors.js'

/**
 * An older engine passes over in silence what it does not know: what was asked for would not be what is done.
 * @throws `invalid-input` where the engine's API is older than the input `field` takes
 */
export function takesApi (field: string, api: string, wanted: string): void {
  if (!isAtLeast(api, wanted)) throw invalidField(field, `takes an engine of API ${wanted} or newer; this one has ${api}`)
}

interface Engine { apiVersion (): Promise<string> }

/**
 * The same for several inputs, each with the API that it needs. The engine is not asked where none of them is given.
 * @throws `invalid-input` with a fault for each that the engine is too old for
 */
export async function needsApi (engine: Engine, inputs: Readonly<Record<string, unknown>>, since: Readonly<Record<string, string>>): Promise<void> {
  const given = Object.entries(since).filter(([field]) => isGiven(inputs[field]))
  if (given.length === 0) return
  const api = await engine.apiVersion()
  const faults = given.filter(([, wanted]) => !isAtLeast(api, wanted)).map(([field, wanted]): Fault =>
    ({ path: `/${field}`, message: `takes an engine of API ${wanted} or newer; this one has ${api}` }))
  if (faults.length > 0) throw invalidInput(faults.map(({ path, message }) => `${path.slice(1)}: ${message}`).join('; '), faults)
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== false

/** Versions of the engine's API: `1.9` is older than `1.41`. */
export function isAtLeast (api: string, wanted: string): boolean {
  const [major = 0, minor = 0] = api.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number)
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}
