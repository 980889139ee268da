import { invalidField } from '../errors.js'

/**
 * An older engine passes over in silence what it does not know: what was asked for would not be what is done.
 * @throws `invalid-input` where the engine's API is older than the input `field` takes
 */
export function takesApi (field: string, api: string, wanted: string): void {
  if (!isAtLeast(api, wanted)) throw invalidField(field, `takes an engine of API ${wanted} or newer; this one has ${api}`)
}

/** Versions of the engine's API: `1.9` is older than `1.41`. */
export function isAtLeast (api: string, wanted: string): boolean {
  const [major = 0, minor = 0] = api.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number)
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}
