import Type, { type Static } from 'typebox'
import { Raw, Text } from '../../../engine/models/common.js'
import { closed } from '../../../model/objects.js'

export const HostSummary = Type.Object({
  name: Text('The name that calls use'),
  url: Text('How the gateway reaches it'),
  reachable: Type.Boolean({ description: 'Whether its engine answers now' }),
  detail: Type.Optional(Text('Why it does not answer')),
  version: Type.Optional(Text('The engine\'s version, when it answers')),
  apiVersion: Type.Optional(Text('The newest Engine API version it speaks, when it answers'))
}, { ...closed, title: 'Host', description: 'A Docker host that the gateway stands in front of' })
export type HostSummary = Static<typeof HostSummary>

export const HostVersion = Type.Object({
  version: Text('The engine\'s version'),
  apiVersion: Text('The newest Engine API version it speaks'),
  minApiVersion: Text('The oldest Engine API version it speaks'),
  os: Text('E.g. `linux`'),
  architecture: Text('E.g. `amd64`'),
  kernelVersion: Text('The kernel it runs on'),
  raw: Raw
}, { ...closed, title: 'HostVersion', description: 'The versions of a host\'s engine' })
