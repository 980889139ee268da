import { isFields, type LimitsOnHost } from '../rows.js'
import { refusePath } from './binds.js'
import { fitsOne, instead } from './words.js'

/** What of a tmpfs may be said: nothing that it could reach out by. */
const TMPFS_OPTION = /^(?:size=\d+[kmg]?|mode=[0-7]{1,4}|uid=\d+|gid=\d+|noexec|nosuid|nodev|ro|rw)$/i

/**
 * What keeps a volume, and with which options: they are as good as a mount, wherever they stand, in a new volume, in a
 * mount, or in one that is there already.
 */
export function refuseVolume (driver: unknown, options: unknown, limits: LimitsOnHost): { readonly limit: 'volumeDrivers' | 'bindRoots', readonly message: string } | undefined {
  const name = driver === undefined || driver === null || driver === '' ? 'local' : String(driver)
  if (name !== 'local') return fitsOne(limits.volumeDrivers, name) ? undefined : { limit: 'volumeDrivers', message: `${name} is no driver that you may use: ${instead(['local', ...limits.volumeDrivers ?? []])}` }
  if (options === undefined || options === null || (isFields(options) && Object.keys(options).length === 0)) return undefined
  const said = optionsIn(options)
  if (said === undefined) return refused('options of a volume must be texts')
  return said.binds ? bindFault(said, limits) : mountFault(said, limits)
}

interface Said { readonly type: string, readonly device: string, readonly flags: readonly string[], readonly binds: boolean, readonly others: readonly string[] }

function optionsIn (options: unknown): Said | undefined {
  if (!isFields(options) || Object.values(options).some(value => typeof value !== 'string')) return undefined
  const { type = '', device = '', o = '', ...others } = options as Readonly<Record<string, string>>
  const flags = o.split(',').map(flag => flag.trim()).filter(flag => flag !== '')
  return { type, device, flags, binds: flags.some(flag => flag === 'bind' || flag === 'rbind'), others: Object.keys(others) }
}

/** A password may be among the values. */
const namesOf = (flags: readonly string[]): string[] => flags.map(flag => flag.split('=', 1)[0] ?? '')

const refused = (message: string) => ({ limit: 'volumeDrivers', message }) as const

/** A volume that is a folder of the host is a bind by another name. */
function bindFault ({ device, flags, others }: Said, limits: LimitsOnHost) {
  const strange = [...namesOf(flags.filter(flag => !['bind', 'rbind', 'ro', 'rw'].includes(flag))), ...others]
  if (strange.length > 0) return refused(`${strange.join(', ')}: no such option beside bind: ro alone goes with it`)
  // The kernel takes the last of them.
  const message = refusePath(device, flags.includes('ro') && !flags.includes('rw'), limits)
  return message === undefined ? undefined : { limit: 'bindRoots', message: `a volume of the host's ${device}: ${message}` } as const
}

function mountFault ({ type, flags, others }: Said, limits: LimitsOnHost) {
  if (others.length > 0) return refused(`${others.join(', ')}: the driver local takes type, device and o alone here`)
  if (type === 'tmpfs') {
    const strange = namesOf(flags.filter(flag => !TMPFS_OPTION.test(flag)))
    return strange.length === 0 ? undefined : refused(`${strange.join(', ')}: of a tmpfs its size, mode, uid and gid may be said`)
  }
  return limits.volumeTypes?.some(allowed => allowed === type) === true ? undefined : refused(`a volume that mounts ${type === '' ? 'a device' : type}: ${instead(['tmpfs', ...limits.volumeTypes ?? []])}`)
}
