import { invalidField } from '../../errors.js'
import type { Connection } from '../connection.js'

/**
 * An older engine passes over in silence what it does not know: what was asked for would not be what is done.
 * @throws `invalid-input` where the engine's API is older than the input `field` takes
 */
export async function takesApi (connection: Connection, field: string, wanted: string): Promise<void> {
  const { ApiVersion } = await connection.json<{ ApiVersion: string }>({ method: 'GET', path: '/version' })
  if (isOlder(ApiVersion, wanted)) throw invalidField(field, `takes an engine of API ${wanted} or newer; host ${connection.name} has ${ApiVersion}`)
}

/** Versions are `major.minor`, each a number. */
export function isOlder (version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = than.split('.').map(Number)
  return major < otherMajor || (major === otherMajor && minor < otherMinor)
}
