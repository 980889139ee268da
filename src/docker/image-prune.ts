import type { Access } from '../auth/access/access.js'
import { imageRow } from './guards/rows.js'
import type { Host } from './host.js'
import type { Removal } from './host/images.js'
import { imageSummary } from './models/image.js'
import { isNarrowedTo, removeEach } from './pruning.js'

type Filters = Record<string, string[]>

/** Images that nothing uses, of those that the caller may remove: whose names are all among theirs. */
export async function pruneImages (host: Host, access: Access, filters: Filters, signal: AbortSignal): Promise<{ removals: Removal[], reclaimedBytes: number }> {
  if (access.allowsAll('image.prune', host.name)) {
    const { ImagesDeleted, SpaceReclaimed: reclaimedBytes } = await host.images.prune(filters, signal)
    return { removals: ImagesDeleted ?? [], reclaimedBytes }
  }
  const removals: Removal[] = []
  let reclaimedBytes = 0
  await removeEach(await unused(host, access, filters), async ({ tags, sizeBytes }) => {
    for (const tag of tags) removals.push(...await host.images.remove(tag, {}))
    reclaimedBytes += sizeBytes
  })
  return { removals, reclaimedBytes }
}

async function unused (host: Host, access: Access, { dangling, ...filters }: Filters) {
  // One without a name is nobody's by its name.
  if (dangling?.[0] !== 'false') return []
  const used = new Set((await host.containers.list({ all: true })).map(({ ImageID }) => ImageID))
  const images = (await host.images.list({})).filter(info => !used.has(info.Id) && isNarrowedTo(filters, info.Labels ?? {}, info.Created))
  return images.map(info => imageSummary(host.name, info)).filter(row => access.allows('image.prune', imageRow(row)) && access.namesImages('image.prune', host.name, row.tags))
}
