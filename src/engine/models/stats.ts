import Type, { type Static } from 'typebox'
import { inGraphql } from '../../model/graphql-name.js'
import { choice } from '../../model/choice.js'
import { Bytes, DateTime, Raw, Text } from './common.js'
import { EndEvent, ErrorEvent } from './log.js'
import { closed } from '../../model/objects.js'

const Rate = (description: string) => Type.Optional(Type.Number({ minimum: 0, description: `${description}, in bytes a second since the sample before; absent where there is none` }))

const MemoryUsage = Type.Object({
  usedBytes: Bytes('What is in use without the inactive page cache, as `docker stats` counts it'),
  limitBytes: Bytes('The limit, or where there is none all of the host\'s memory (0 when the container does not run)'),
  percent: Type.Number({ description: 'What of the limit is in use, in per cent' })
}, { ...closed, title: 'MemoryUsage', description: 'The memory of a container' })

const NetworkTraffic = Type.Object({
  receivedBytes: Bytes('What was received on all of its networks since it was started'),
  sentBytes: Bytes('What was sent on all of its networks since it was started'),
  receivedBytesPerSecond: Rate('What is received'),
  sentBytesPerSecond: Rate('What is sent')
}, { ...closed, title: 'NetworkTraffic', description: 'The network traffic of a container; zero where it shares the host\'s network' })

const BlockTraffic = Type.Object({
  readBytes: Bytes('What was read from block devices since it was started'),
  writtenBytes: Bytes('What was written to block devices since it was started'),
  readBytesPerSecond: Rate('What is read'),
  writtenBytesPerSecond: Rate('What is written')
}, { ...closed, title: 'BlockTraffic', description: 'What a container reads from and writes to block devices' })

export const StatsEvent = Type.Object({
  type: Type.Literal('stats'),
  time: DateTime('When the engine took the sample'),
  cpuPercent: Type.Number({ description: 'The use of CPUs in per cent of one: 150 is one and a half. Where the engine has no sample before it, as in the first of a stream of Docker\'s and with `oneShot`, it is the average since the container was started' }),
  memory: MemoryUsage,
  network: NetworkTraffic,
  block: BlockTraffic,
  pids: Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: 'How many processes and threads it has' }),
  raw: Raw
}, { ...closed, title: 'StatsEvent', description: 'One sample of what a container uses' })
export type StatsEvent = Static<typeof StatsEvent>

export const StatsStreamEvent = Type.Union([StatsEvent, EndEvent, ErrorEvent], { title: 'StatsStreamEvent', description: 'What is told of what a container uses' })
export type StatsStreamEvent = Static<typeof StatsStreamEvent>

export const ContainerStatsEvent = Type.Object({
  ...StatsEvent.properties,
  id: Text('The container\'s full id', inGraphql('containerId')),
  name: Text('The container\'s name, when the stream began with it')
}, { ...closed, title: 'ContainerStatsEvent', description: 'One sample of what one of several containers uses' })
export type ContainerStatsEvent = Static<typeof ContainerStatsEvent>

export const ContainerEndedEvent = Type.Object({
  type: Type.Literal('ended'),
  id: Text('The container\'s full id', inGraphql('containerId')),
  name: Text('The container\'s name, when the stream began with it'),
  outcome: choice('ContainerOutcome', 'Why there are no more samples of a container', {
    exited: 'It has ended',
    removed: 'It was removed',
    failed: 'They cannot be read: `code` and `detail` say why'
  }),
  exitCode: EndEvent.properties.exitCode,
  code: Type.Optional(Text('Where it failed: the problem\'s code')),
  detail: Type.Optional(Text('Where it failed: what went wrong'))
}, { ...closed, title: 'ContainerEndedEvent', description: 'There are no more samples of one of several containers' })

export const HostStatsStreamEvent = Type.Union([ContainerStatsEvent, ContainerEndedEvent, EndEvent, ErrorEvent], { title: 'HostStatsStreamEvent', description: 'What is told of what several containers use' })
export type HostStatsStreamEvent = Static<typeof HostStatsStreamEvent>

/** What an engine's sample has of what the models use; engines leave out what does not apply to them. */
export interface EngineStats {
  /** The year 1 where the container does not run. */
  readonly read: string
  readonly cpu_stats?: CpuStats
  readonly precpu_stats?: CpuStats
  readonly memory_stats?: { readonly usage?: number, readonly limit?: number, readonly stats?: Readonly<Record<string, number>> | null }
  readonly networks?: Readonly<Record<string, { readonly rx_bytes?: number, readonly tx_bytes?: number }>> | null
  readonly blkio_stats?: { readonly io_service_bytes_recursive?: ReadonlyArray<{ readonly op?: string, readonly value?: number }> | null }
  readonly pids_stats?: { readonly current?: number }
}

export interface CpuStats {
  readonly cpu_usage?: { readonly total_usage?: number, readonly percpu_usage?: readonly number[] | null }
  readonly system_cpu_usage?: number
  readonly online_cpus?: number
}
