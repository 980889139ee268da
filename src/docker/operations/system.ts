import Type from 'typebox'
import { operation, value } from '../../operation/define.js'
import { Closed, filterWords, labelNot } from '../models/common.js'
import { DiskUsage, diskUsageOf } from '../models/disk-usage.js'
import { PruneKind, SystemPrune, USUAL_KINDS } from '../models/system-prune.js'
import { HostName } from '../names.js'
import { pruneSystem } from '../system-prune.js'
import { TimeInput } from '../times.js'

export const systemOperations = [
  operation({
    name: 'host.diskUsage',
    summary: 'What takes room on a host\'s disk',
    description: 'The engine looks through all of it, which can take long where volumes are large; a client that leaves ends that.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/disk-usage',
    input: Type.Object({ host: HostName }, Closed),
    output: value(DiskUsage),
    target: 'host',
    fails: { conflict: 'The engine is looking already' },
    audit: ['host'],
    example: { host: 'local' },
    async handler ({ host }, { hosts, signal }) {
      const engine = hosts.get(host)
      return diskUsageOf(await engine.system.diskUsage(signal))
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
      dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Only tell what would go' }))
    }, Closed),
    output: value(SystemPrune),
    target: 'host',
    fails: { conflict: 'Another prune is under way' },
    audit: ['host', 'kinds', 'allImages', 'allVolumes', 'until', 'label', 'labelNot', 'dryRun'],
    example: { host: 'local', kinds: ['containers', 'networks', 'volumes'], allVolumes: true, label: ['caisson-example=prune'], dryRun: true },
    async handler ({ host, kinds = USUAL_KINDS, dryRun = false, ...order }, { hosts, signal }) {
      return await pruneSystem(hosts.get(host), { kinds, dryRun, ...order }, signal)
    }
  })
]
