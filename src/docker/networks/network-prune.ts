import type { Access } from '../../authorization/access.js'
import { networkRow } from '../authorization/rows.js'
import type { Host } from '../../engine/host.js'
import type { EngineNetwork } from '../../engine/objects.js'
import { networkSummary } from './models/network.js'
import { mapInBatches, removeEach, pruneReport, pruneFilterOf, type Prunable, type PruneFilter } from '../system/pruning.js'
import type { PruneInput } from '../system/prune-selection.js'

/** What every engine has by itself. */
const BUILT_IN = new Set(['bridge', 'host', 'none', 'default', 'podman'])

/** Networks that someone made and nothing is on, of those that the caller may remove. */
export async function pruneNetworks (host: Host, access: Access, input: PruneInput): Promise<{ removed: string[], reclaimedBytes: number }> {
  const may = (network: EngineNetwork) => access.allows('network.prune', networkRow(networkSummary(host.name, network)))
  return pruneReport(await removeNetworks(host, await prunableNetworks(host, pruneFilterOf(input), { may })))
}

interface Among {
  readonly may?: (network: EngineNetwork) => boolean
  /** Containers that go before, and hold on to nothing. */
  readonly without?: ReadonlySet<string>
}

export async function prunableNetworks (host: Host, wants: PruneFilter, { may = () => true, without = new Set() }: Among = {}): Promise<Prunable[]> {
  const made = (await host.networks.list()).filter(network => isMade(network) && wants(network.Labels, Date.parse(network.Created) / 1000) && may(network))
  // A list does not say what is on a network; and it may be gone since.
  const looked = await mapInBatches(made, async ({ Id }) => await host.networks.users(Id))
  return made.filter((_, index) => looked[index]?.every(container => without.has(container)) === true).map(({ Id: id, Name: name }) => ({ id, name, bytes: 0 }))
}

const isMade = ({ Name, ConfigOnly, Ingress }: EngineNetwork): boolean => !BUILT_IN.has(Name) && ConfigOnly !== true && Ingress !== true

export const removeNetworks = async (host: Host, going: readonly Prunable[], signal?: AbortSignal): Promise<Prunable[]> =>
  await removeEach(going, async ({ id }) => { await host.networks.remove(id) }, signal)
