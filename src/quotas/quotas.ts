import { anyOf } from '../authorization/patterns.js'
import { isQuota, type Quota } from '../authorization/quota.js'
import type { Grants } from '../auth/grants.js'
import type { LimitViolation } from '../authorization/authorization-spec.js'
import type { Hosts } from '../engine/hosts.js'
import { limitsExceeded } from '../authorization/choose-grant.js'
import { Mutex } from './mutex.js'
import { usageOf, type Amounts, type Usage } from './usage.js'

/** A grant, as far as it has a quota. */
export interface Holder { readonly id: string, readonly hosts: readonly string[], readonly quota?: Quota | null }

/** What is asked for under a quota: a container more, or other amounts for one that is there. */
export interface Requested extends Amounts { /** The id of the one that is there. */ readonly container?: string }

const FIELDS = ['memoryBytes', 'cpus'] as const

/** What grants let their containers have together. Who asks under the same grant takes turns, so that two at once do not both get the last of it. */
export class Quotas {
  readonly #turns = new Mutex()

  constructor (private readonly parts: { readonly hosts: Hosts, readonly grants: Pick<Grants, 'get'> }) {}

  /** Does it where there is room, before anybody else of the grant is counted. @throws `forbidden` with what is used, asked and allowed */
  async within<T> (operation: string, holder: Holder | undefined, wanted: Requested, work: () => Promise<T>): Promise<T> {
    if (holder === undefined || !isQuota(holder.quota ?? undefined)) return await work()
    return await this.#turns.take(holder.id, async () => {
      const refusals = await this.refusals(holder, wanted)
      if (refusals.length > 0) throw limitsExceeded(operation, refusals).failure
      return await work()
    })
  }

  /** What a quota has against it, as things stand. */
  async refusals ({ id, hosts, quota }: Holder, wanted: Requested): Promise<LimitViolation[]> {
    if (quota == null || !isQuota(quota)) return []
    const unsaid = FIELDS.filter(field => quota[field] !== undefined && wanted[field] === undefined)
    if (unsaid.length > 0) return unsaid.map(field => ({ rule: `quota:${field}`, path: `/${field}`, message: `without a limit: the grant ${id} has a quota of it, so say how much` }))
    const usage = await usageOf(this.parts.hosts, { grantId: id, onHost: anyOf(hosts), amounts: FIELDS.some(field => quota[field] !== undefined), but: wanted.container })
    return [...numberRefusals(id, quota, usage, wanted), ...FIELDS.flatMap(field => amountRefusals(id, field, quota, usage, wanted))]
  }

  /** The grant by which something was made, where it is there still. */
  async holder (grantId: string | undefined): Promise<Holder | undefined> {
    return grantId === undefined || grantId === '' ? undefined : await this.parts.grants.get(grantId)
  }
}

function numberRefusals (id: string, { containers: allowed }: Quota, { containers: used }: Usage, { container }: Requested): LimitViolation[] {
  if (allowed === undefined || container !== undefined || used + 1 <= allowed) return []
  return [{ rule: 'quota:containers', path: '', message: `would be container ${used + 1} of the grant ${id}: ${used} are there, and it allows ${allowed}` }]
}

function amountRefusals (id: string, field: typeof FIELDS[number], quota: Quota, { each }: Usage, wanted: Requested): LimitViolation[] {
  const [allowed, asked = 0] = [quota[field], wanted[field]]
  if (allowed === undefined) return []
  const refused = (message: string): LimitViolation[] => [{ rule: `quota:${field}`, path: `/${field}`, message }]
  const endless = each.filter(amounts => amounts[field] === undefined).length
  if (endless > 0) return refused(`can't be counted: ${endless} containers of the grant ${id} have no limit of it, and are to be given one or removed first`)
  const used = each.reduce((sum, amounts) => sum + (amounts[field] ?? 0), 0)
  // Cores are fractions, whose sums are not always whole.
  return used + asked <= allowed + 1e-9 ? [] : refused(`${asked} more would be ${used + asked}: the grant ${id} allows ${allowed}, of which ${used} are used`)
}

declare module '../model/services.js' {
  interface Services {
    readonly quotas: Quotas
  }
}
