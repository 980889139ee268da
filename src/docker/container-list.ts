import type Docker from 'dockerode'
import type { Access } from '../auth/access/access.js'
import { noSuch } from '../errors.js'
import { bareName, isCalled } from './container-name.js'
import { OWNER_LABEL, type Thing } from '../operation/things.js'
import { containerRow } from './guards/rows.js'
import type { Host } from './host.js'
import { containerSummary, type ContainerSummary } from './models/container.js'

type Options = Parameters<Host['containers']['list']>[0]

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
export async function listContainers (host: Host, { access, last, fits, expiry }: For, options: Options): Promise<ContainerSummary[]> {
  const summaries = async (asked: Options) => called(await host.containers.list(asked), asked).map(info => containerSummary(host.name, info, expiry.get(info.Id)))
  const seesAll = access.allowsAll('container.list', host.name)
  if (seesAll && fits === undefined) return await summaries({ ...options, limit: last })
  if (!seesAll) for (const neighbour of [...options.filters?.before ?? [], ...options.filters?.since ?? []]) await look(host, access, neighbour)
  const seen = (await summaries(last === undefined ? options : { ...options, all: true })).filter(row => fits?.(row) !== false && (seesAll || access.allows('container.list', containerRow(row))))
  return seen.slice(0, last)
}

/** Engines look for a name among the aliases of links as well. */
const called = (found: Docker.ContainerInfo[], { filters: { name } = {} }: Options): Docker.ContainerInfo[] =>
  name === undefined ? found : found.filter(({ Names }) => isCalled(Names, name))

async function look (host: Host, access: Access, reference: string): Promise<void> {
  const { Name, Config: { Labels, Image: image } } = await host.containers.inspect(bareName(reference))
  const thing: Thing = { kind: 'container', host: host.name, name: bareName(Name), labels: Labels ?? {}, owner: Labels?.[OWNER_LABEL], image }
  if (!access.knows(thing)) throw noSuch('container', bareName(reference))
}
