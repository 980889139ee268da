import Type, { type Static } from 'typebox'
import { failureOf } from '../../errors.js'
import { operation, value } from '../../operation/define.js'
import type { Host } from '../host.js'
import { Closed, HostList } from '../models/common.js'
import { HostInfo, HostSummary, HostVersion } from '../models/host.js'
import { HostName } from '../names.js'

const HostRef = Type.Object({ host: HostName }, Closed)
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
    field: 'hosts',
    input: Type.Object({}, Closed),
    output: value(HostList('Hosts', HostSummary)),
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
    field: 'host',
    input: HostRef,
    output: value(HostSummary),
    target: 'host',
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
      const info = await hosts.get(host).info()
      return {
        id: info.ID,
        name: info.Name,
        operatingSystem: info.OperatingSystem,
        architecture: info.Architecture,
        cpus: info.NCPU,
        memoryBytes: info.MemTotal,
        containers: info.Containers,
        containersRunning: info.ContainersRunning,
        containersPaused: info.ContainersPaused,
        containersStopped: info.ContainersStopped,
        images: info.Images,
        storageDriver: info.Driver,
        cgroupVersion: info.CgroupVersion ?? '1',
        raw: { ...info }
      }
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
  })
]
