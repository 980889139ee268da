import Type, { type Static } from 'typebox'
import { Bytes, Closed, Count, Raw, Text } from './common.js'

export const HostSummary = Type.Object({
  name: Text('The name that calls use'),
  url: Text('How the gateway reaches it'),
  reachable: Type.Boolean({ description: 'Whether its engine answers now' }),
  detail: Type.Optional(Text('Why it does not answer')),
  version: Type.Optional(Text('The engine\'s version, when it answers')),
  apiVersion: Type.Optional(Text('The newest Engine API version it speaks, when it answers'))
}, { ...Closed, title: 'Host', description: 'A Docker host that the gateway stands in front of' })
export type HostSummary = Static<typeof HostSummary>

export const HostVersion = Type.Object({
  version: Text('The engine\'s version'),
  apiVersion: Text('The newest Engine API version it speaks'),
  minApiVersion: Text('The oldest Engine API version it speaks'),
  os: Text('E.g. `linux`'),
  architecture: Text('E.g. `amd64`'),
  kernelVersion: Text('The kernel it runs on'),
  raw: Raw
}, { ...Closed, title: 'HostVersion', description: 'The versions of a host\'s engine' })

export const HostInfo = Type.Object({
  id: Text('The engine\'s own id'),
  name: Text('The machine\'s host name'),
  operatingSystem: Text('The system it runs on'),
  architecture: Text('E.g. `x86_64`'),
  cpus: Count('How many CPUs it has'),
  memoryBytes: Bytes('The memory it has'),
  containers: Count('How many containers there are'),
  containersRunning: Count('How many of them run'),
  containersPaused: Count('How many of them are paused'),
  containersStopped: Count('How many of them are stopped'),
  images: Count('How many images there are'),
  storageDriver: Text('E.g. `overlay2`'),
  cgroupVersion: Text('`1` or `2`'),
  raw: Raw
}, { ...Closed, title: 'HostInfo', description: 'What a host is made of and what it holds' })
