import Type from 'typebox'
import { operation, value } from '../../operation/define.js'
import { filterWords, labelNot } from '../../engine/models/common.js'
import { DiskUsage, diskUsageOf } from '../../docker/system/models/disk-usage.js'
import { PruneKind, SystemPrune, USUAL_KINDS } from '../../docker/system/models/system-prune.js'
import { HostName } from '../../model/names.js'
import { pruneSystem } from '../../docker/system/system-prune.js'
import { DiskUsageKind } from '../../engine/models/disk-usage-kind.js'
import { TimeInput } from '../../engine/times.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_NOTHING, GIVES_NOTHING, NAMES_NOTHING_ELSE } from '../../operation/none.js'

const cacheBytes = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: `${description}, in bytes. Goes with \`buildCache\`, and not with a dry run: engines do not say beforehand what they would choose` }))

export const systemOperations = [
  operation({
    name: 'host.diskUsage',
    summary: 'What takes room on a host\'s disk',
    description: 'The engine looks through all of it, which can take long where volumes are large; a client that leaves ends that.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/disk-usage',
    input: Type.Object({
      host: HostName,
      kinds: Type.Optional(Type.Array(DiskUsageKind, { minItems: 1, maxItems: 4, uniqueItems: true, description: 'What is looked at; all when absent. Engines before API 1.42 look at all of it, and take as long, whatever was asked for' }))
    }, closed),
    output: value(DiskUsage),
    target: 'host',
    failures: { conflict: 'The engine is looking already' },
    audit: ['host', 'kinds'],
    example: { host: 'local' },
    async handler ({ host, kinds }, { hosts, signal }) {
      const engine = hosts.get(host)
      return diskUsageOf(await engine.system.diskUsage(signal, kinds), kinds)
    }
  }),

  operation({
    name: 'system.prune',
    summary: 'Remove from a host what nothing uses',
    description: 'Containers first, since they hold on to the others. With `dryRun` nothing goes: the answer is what would, and how much that frees. It is what the engine has at that moment; what is made, started or stopped before the prune itself changes it. An image that a container uses keeps its names. Labels narrow it to what has labels: what builds have kept then stays.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/prune',
    input: Type.Object({
      host: HostName,
      kinds: Type.Optional(Type.Array(PruneKind, { minItems: 1, maxItems: 5, uniqueItems: true, default: USUAL_KINDS, description: 'What is looked at; all but volumes when absent' })),
      allImages: Type.Optional(Type.Boolean({ description: 'Images with a name as well; default false' })),
      allVolumes: Type.Optional(Type.Boolean({ description: 'Volumes with a name as well; default false. Engines before API 1.42 know no difference: there, it must be said' })),
      until: Type.Optional(TimeInput('Only what was created, or of builds last used, before this; to the second. Does not go with volumes')),
      label: filterWords('Only what has all of these labels, each `key` or `key=value`'),
      labelNot: labelNot('things'),
      buildCacheReservedBytes: cacheBytes('How much of what builds have kept stays in any case'),
      buildCacheMaxUsedBytes: cacheBytes('How much of it may stay at most. Takes an engine of API 1.48 or newer'),
      buildCacheMinFreeBytes: cacheBytes('It goes until this much of the disk is free. Takes an engine of API 1.48 or newer'),
      dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Only tell what would go' }))
    }, closed),
    output: value(SystemPrune),
    target: 'host',
    failures: { conflict: 'Another prune is under way' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: GIVES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'kinds', 'allImages', 'allVolumes', 'until', 'label', 'labelNot', 'buildCacheReservedBytes', 'buildCacheMaxUsedBytes', 'buildCacheMinFreeBytes', 'dryRun'],
    example: { host: 'local', kinds: ['containers', 'networks', 'volumes'], allVolumes: true, label: ['caisson-example=prune'], dryRun: true },
    async handler ({ host, kinds = USUAL_KINDS, dryRun = false, ...order }, { hosts, signal }) {
      return await pruneSystem(hosts.get(host), { kinds, dryRun, ...order }, signal)
    }
  })
]
