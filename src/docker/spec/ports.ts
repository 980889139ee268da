import { isIP } from 'node:net'
import Type, { type Static, type TProperties } from 'typebox'
import { choice } from '../../model/choice.js'
import { invalidField } from '../../lib/errors.js'

import type { EngineObject } from '../../engine/objects.js'
import { flag, list, text } from './fields.js'
import { closed } from '../../model/objects.js'

const port = (description: string, minimum = 1) => Type.Integer({ minimum, maximum: 65_535, description })
const protocol = Type.Optional(choice('PortProtocol', 'What a port speaks', { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' }, { default: 'tcp', description: 'Default `tcp`' }))

export const PortSpec = Type.Object({
  containerPort: port('The port inside the container'),
  containerPortEnd: Type.Optional(port('The end of a range inside; a range on the host must then be as long, and pairs with it one by one')),
  protocol,
  hostIp: text('The address on the host; all of them when absent'),
  hostPort: Type.Optional(port('The port on the host; one that is free when absent or 0', 0)),
  hostPortEnd: Type.Optional(port('The end of a range on the host; for a single port inside, a free one of the range is taken', 0))
}, { ...closed, title: 'PortSpec', description: 'A port to publish, or a range of them' })

export const ExposedPortSpec = Type.Object({
  containerPort: port('The port inside the container'),
  containerPortEnd: Type.Optional(port('The end of a range')),
  protocol
}, { ...closed, title: 'ExposedPortSpec', description: 'A port that the container listens on, or a range of them' })

export const PortFields = {
  ports: list(PortSpec, 'Ports to publish'),
  expose: list(ExposedPortSpec, 'Ports to declare without publishing them; `publishAllPorts` publishes them'),
  publishAllPorts: flag('Publish every exposed port on a free port of the host')
} satisfies TProperties

type Binding = { HostIp: string, HostPort: string }

/** The ports to declare: those of `expose`, and those that are published. */
export function exposedPorts (spec: { ports?: Array<Static<typeof PortSpec>>, expose?: Array<Static<typeof ExposedPortSpec>> }): EngineObject {
  const keys = [...portKeys('expose', spec.expose), ...portKeys('ports', spec.ports)]
  return Object.fromEntries(keys.map(key => [key, {}]))
}

export function portBindings (ports: ReadonlyArray<Static<typeof PortSpec>> = []): Record<string, Binding[]> {
  const map: Record<string, Binding[]> = {}
  for (const spec of ports) {
    checked(spec)
    const inside = range('ports', spec)
    for (const [index, number] of inside.entries()) {
      (map[`${number}/${spec.protocol ?? 'tcp'}`] ??= []).push({ HostIp: spec.hostIp ?? '', HostPort: hostPort(spec, inside.length, index) })
    }
  }
  return map
}

/** A single port inside may take any of a range; ranges on both sides pair one by one. */
function hostPort ({ hostPort, hostPortEnd }: Static<typeof PortSpec>, length: number, index: number): string {
  if (hostPort === undefined) return ''
  if (length > 1) return String(hostPort === 0 ? 0 : hostPort + index)
  return hostPortEnd === undefined ? String(hostPort) : `${hostPort}-${hostPortEnd}`
}

function checked ({ containerPort, containerPortEnd = containerPort, hostIp = '', hostPort = 0, hostPortEnd }: Static<typeof PortSpec>): void {
  if (hostIp !== '' && isIP(hostIp) === 0) throw invalidField('ports', `hostIp must be an IPv4 or IPv6 address, not ${JSON.stringify(hostIp)}`)
  if (hostPortEnd !== undefined && (hostPort === 0 || hostPortEnd < hostPort)) {
    throw invalidField('ports', 'hostPortEnd ends a range that hostPort begins: give both, hostPort being the smaller')
  }
  const [inside, outside] = [containerPortEnd - containerPort, (hostPortEnd ?? hostPort) - hostPort]
  if (inside > 0 && hostPort > 0 && inside !== outside) {
    throw invalidField('ports', `${inside + 1} ports inside need ${inside + 1} on the host, not ${outside + 1}`)
  }
}

const portKeys = (field: string, ports: ReadonlyArray<Static<typeof ExposedPortSpec>> = []): string[] =>
  ports.flatMap(spec => range(field, spec).map(number => `${number}/${spec.protocol ?? 'tcp'}`))

function range (field: string, { containerPort: first, containerPortEnd: last = first }: Static<typeof ExposedPortSpec>): number[] {
  if (last < first) throw invalidField(field, `containerPortEnd must not be smaller than containerPort: ${first} to ${last} is no range`)
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
