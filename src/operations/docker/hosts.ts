import Type, { type Static } from 'typebox'
import { failureOf } from '../../lib/errors.js'
import { events, operation, value } from '../../operation/define.js'
import { EventFilters } from '../../docker/system/event-filters.js'
import { eventCursorPattern, openEvents } from '../../docker/system/events.js'
import { openHostStats } from '../../docker/system/host-stats.js'
import { eventNames, eventResource } from '../../docker/authorization/events.js'
import type { Host } from '../../engine/host.js'
import { HostList, hostsWanted } from '../../engine/models/common.js'
import { HostStreamEvent } from '../../engine/models/event.js'
import { HostSummary, HostVersion } from '../../docker/system/models/host.js'
import { HostInfo, hostInfoOf } from '../../docker/system/models/host-info.js'
import { HostStatsStreamEvent } from '../../engine/models/stats.js'
import { ContainerId, HostName } from '../../model/names.js'
import { TimeInput } from '../../engine/times.js'
import { closed } from '../../model/objects.js'

const HostRef = Type.Object({ host: HostName }, closed)
/** A list of hosts waits no longer than this for one of them. */
const LOOK_MS = 2000

async function summaryOf (host: Host): Promise<Static<typeof HostSummary>> {
  const { name, url } = host
  try {
    const { Version: version, ApiVersion: apiVersion } = await host.version(LOOK_MS)
    return { name, url, reachable: true, version, apiVersion }
  } catch (error) {
    return { name, url, reachable: false, detail: failureOf(error).detail }
  }
}

export const hostOperations = [
  operation({
    name: 'host.list',
    summary: 'List the hosts, and whether their engines answer',
    description: 'All that the gateway is set up for. One that does not answer within two seconds is told as not reachable; the list comes all the same.',
    class: 'read',
    method: 'GET',
    path: '/hosts',
    input: Type.Object({}, closed),
    output: value(HostList('Hosts', HostSummary)),
    hostOnly: true,
    audit: [],
    example: {},
    async handler (_input, { hosts }) {
      return { items: await Promise.all(hosts.all().map(summaryOf)), errors: [] }
    }
  }),

  operation({
    name: 'host.inspect',
    summary: 'One host, and whether its engine answers',
    description: 'One that does not answer within two seconds is told as not reachable, with why.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}',
    input: HostRef,
    output: value(HostSummary),
    target: 'host',
    hostOnly: true,
    audit: ['host'],
    example: { host: 'local' },
    async handler ({ host }, { hosts }) {
      return await summaryOf(hosts.get(host))
    }
  }),

  operation({
    name: 'host.info',
    summary: 'What a host is made of and what it holds',
    description: 'As its engine tells it now; `raw` has everything that it tells.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/info',
    input: HostRef,
    output: value(HostInfo),
    target: 'host',
    audit: ['host'],
    example: { host: 'local' },
    async handler ({ host }, { hosts }) {
      return hostInfoOf(await hosts.get(host).info())
    }
  }),

  operation({
    name: 'host.version',
    summary: 'The versions of a host\'s engine',
    description: 'As its engine tells them now; `raw` has those of its parts as well.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/version',
    input: HostRef,
    output: value(HostVersion),
    target: 'host',
    hostOnly: true,
    audit: ['host'],
    example: { host: 'local' },
    async handler ({ host }, { hosts }) {
      const version = await hosts.get(host).version()
      return {
        version: version.Version,
        apiVersion: version.ApiVersion,
        minApiVersion: version.MinAPIVersion,
        os: version.Os,
        architecture: version.Arch,
        kernelVersion: version.KernelVersion,
        raw: { ...version }
      }
    }
  }),

  operation({
    name: 'host.events',
    summary: 'Follow what happens on one host, or on several',
    description: 'From now on, unless `since` or `after` says otherwise; filters of different names all have to fit, and one word of each. An engine remembers some hundred events: where it does not go back as far as was asked for, `dropped` with a `count` of null says so. A host that is named alone, by the path, fails the call; of several, one that does not answer costs a `hostError` and is tried again. At one address: NDJSON, SSE (`Accept: text/event-stream`), or WebSocket.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/events',
    acrossHosts: '/events',
    input: Type.Object({
      host: hostsWanted(HostName),
      since: Type.Optional(TimeInput('Only events after this')),
      until: Type.Optional(TimeInput('Only events before this; then the stream ends')),
      after: Type.Optional(Type.String({ maxLength: 7000, pattern: eventCursorPattern, description: 'Go on behind the event that had this cursor, without a gap or a repeat', 'x-expects': 'a cursor as an event carries it' })),
      ...EventFilters
    }, closed),
    output: events(HostStreamEvent),
    rowFilter: { kinds: ['container', 'image', 'network', 'volume'], resource: eventResource, names: eventNames },
    audit: ['host', 'since', 'until', 'after'],
    example: { host: ['local'], kind: ['image'], until: '1ms' },
    async handler (wanted, { hosts }) {
      return await openEvents(hosts, wanted)
    }
  }),

  operation({
    name: 'host.stats',
    summary: 'Follow what several containers of a host use, in one stream',
    description: 'About a sample a second of each. The ones that are named are followed to the end of the last; where none is named, all that run, and those that are started later. A container that ends costs an item, `ended`. Samples are those of `container.stats`; a slow reader skips to the newest.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/stats',
    input: Type.Object({
      host: HostName,
      container: Type.Optional(Type.Array(ContainerId, { minItems: 1, maxItems: 500, description: 'The containers; all that run when absent' })),
      stream: Type.Optional(Type.Boolean({ default: true, description: 'Go on; false: one sample of each' }))
    }, closed),
    output: events(HostStatsStreamEvent),
    target: 'host',
    audit: ['host', 'container', 'stream'],
    failures: { conflict: 'The beginning of an id means several containers' },
    example: { host: 'local', container: ['caisson-example'], stream: false },
    async handler ({ host, container, stream = true }, { hosts, signal }) {
      return await openHostStats(hosts.get(host), { container, stream }, signal)
    }
  })
]
