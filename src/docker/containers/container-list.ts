import type Docker from 'dockerode'
import type { Access } from '../../authorization/access.js'
import { noSuch } from '../../lib/errors.js'
import { bareName, isCalled } from './container-name.js'
import { visibilityOf } from '../../authorization/target-resolver.js'
import { containerRow } from '../authorization/rows.js'
import type { Host } from '../../engine/host.js'
import { containerSummary, type ContainerSummary } from './models/container.js'
import { containerTarget, containerResource } from '../targets.js'

type EngineListOptions = Parameters<Host['containers']['list']>[0]

interface For {
  readonly access: Access
  /** The last so many alone. */
  readonly last?: number
  /** Which rows, by what the engine is not asked for. */
  readonly fits?: (row: ContainerSummary) => boolean
  /** Until when containers may live, by id. */
  readonly expiry: { get (id: string): string | undefined }
}

/** Whoever sees some containers only is told of the last so many of these, and hears of no other by way of a filter. */
export async function listContainers (host: Host, { access, last, fits, expiry }: For, options: EngineListOptions): Promise<ContainerSummary[]> {
  const summaries = async (asked: EngineListOptions) => called(await host.containers.list(asked), asked).map(info => containerSummary(host.name, info, expiry.get(info.Id)))
  const seesAll = access.allowsAll('container.list', host.name)
  if (seesAll && fits === undefined) return await summaries({ ...options, limit: last })
  const filters = seesAll ? options.filters : await withNeighbours(host, access, options.filters)
  const asked = { ...options, filters, ...last === undefined ? {} : { all: true } }
  const seen = (await summaries(asked)).filter(row => fits?.(row) !== false && (seesAll || access.allows('container.list', containerRow(row))))
  return seen.slice(0, last)
}

/** Engines look for a name among the aliases of links as well. */
const called = (found: Docker.ContainerInfo[], { filters: { name } = {} }: EngineListOptions): Docker.ContainerInfo[] =>
  name === undefined ? found : found.filter(({ Names }) => isCalled(Names, name))

/** With whole ids, under which no other container is meant. @throws `not-found` for what the caller may not know of */
async function withNeighbours (host: Host, access: Access, asked: EngineListOptions['filters']): Promise<EngineListOptions['filters']> {
  const filters = { ...asked }
  for (const name of ['before', 'since'] as const) {
    if (filters[name] !== undefined) filters[name] = await Promise.all(filters[name].map(async neighbour => await look(host, access, neighbour)))
  }
  return filters
}

/** @returns the full id, under which no other is meant. @throws `not-found` for what the caller may not know of */
async function look (host: Host, access: Access, reference: string): Promise<string> {
  const { object, id } = await containerTarget(host, reference, visibilityOf(access, host.name))
  if (!access.knows(containerResource(host.name, object as Docker.ContainerInspectInfo))) throw noSuch('container', bareName(reference))
  return id
}
