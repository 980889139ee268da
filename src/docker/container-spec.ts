import Type, { type Static, type TProperties } from 'typebox'
import { Closed } from './models/common.js'
import { ImageReference, containerPattern } from './names.js'

const MAX_INT32 = 2_147_483_647
const option = (description: string, rest: object = {}) => Type.Optional(Type.String({ maxLength: 4096, description, ...rest }))
const words = (description: string) => Type.Optional(Type.Array(Type.String({ maxLength: 131_072 }), { maxItems: 10_000, description }))
const flag = (description: string) => Type.Optional(Type.Boolean({ description }))

const PortNumber = (description: string) => Type.Integer({ minimum: 0, maximum: 65_535, description })

export const PortSpec = Type.Object({
  containerPort: Type.Integer({ minimum: 1, maximum: 65_535, description: 'The port inside the container' }),
  protocol: Type.Optional(Type.Enum(['tcp', 'udp', 'sctp'], { title: 'PortProtocol', default: 'tcp', description: 'Default `tcp`' })),
  hostIp: option('The address on the host; all of them when absent'),
  hostPort: Type.Optional(PortNumber('The port on the host; one that is free when absent or 0')),
  hostPortEnd: Type.Optional(PortNumber('The end of a range on the host, of which a free one is taken'))
}, { ...Closed, title: 'PortSpec', description: 'A port to publish' })

export const MountSpec = Type.Object({
  type: Type.Enum(['bind', 'volume', 'tmpfs'], { title: 'MountType', description: 'What is mounted' }),
  source: option('A path on the host, or a volume\'s name; none for tmpfs'),
  target: Type.String({ minLength: 1, maxLength: 4096, description: 'Where, inside the container' }),
  readOnly: flag('The container may only read it'),
  sizeBytes: Type.Optional(Type.Integer({ minimum: 0, description: 'For tmpfs: its size, in bytes' }))
}, { ...Closed, title: 'MountSpec', description: 'A mount' })

export const NetworkSpec = Type.Object({
  aliases: words('Further names on this network'),
  ipv4Address: option('An IPv4 address on this network'),
  ipv6Address: option('An IPv6 address on this network'),
  macAddress: option('A MAC address'),
  driverOpts: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Options of the network\'s driver' }))
}, { ...Closed, title: 'NetworkSpec', description: 'How a container stands on a network' })

export const RestartPolicySpec = Type.Object({
  name: Type.Enum(['no', 'always', 'unless-stopped', 'on-failure'], { title: 'RestartPolicyName', description: 'When the engine starts it again' }),
  maximumRetryCount: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_INT32, description: 'For `on-failure`: how often' }))
}, { ...Closed, title: 'RestartPolicySpec', description: 'Whether the engine starts it again when it ends' })

/** What a container is made of; the Engine API's Config and HostConfig, flattened, in camel case. */
export const ContainerSpec = {
  image: ImageReference,
  name: Type.Optional(Type.String({
    pattern: containerPattern.replace('/?', ''),
    description: 'Its name; the engine makes one up when absent',
    'x-expects': 'a name of letters, digits, "_", "." and "-", 255 at most, that starts with a letter or a digit'
  })),
  command: words('The command and its arguments; the image\'s when absent'),
  entrypoint: words('The entry point; the image\'s when absent, none when empty'),
  env: Type.Optional(Type.Record(Type.String({ pattern: '^[^=\\u0000]+$' }), Type.Union([Type.String(), Type.Null()]), {
    description: 'Environment variables; null takes away one that the image sets'
  })),
  labels: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Labels' })),
  hostname: option('The host name inside'),
  user: option('`user`, `user:group`, or their numbers'),
  workingDir: option('The working directory'),
  tty: flag('Give it a terminal'),
  openStdin: flag('Keep its standard input open'),
  stdinOnce: flag('Close its standard input after the first client that was attached leaves'),
  ports: Type.Optional(Type.Array(PortSpec, { maxItems: 1000, description: 'Ports to publish' })),
  binds: words('Mounts in short form, `source:target[:options]`'),
  mounts: Type.Optional(Type.Array(MountSpec, { maxItems: 1000, description: 'Mounts in long form' })),
  networkMode: option('`bridge`, `none`, `host`, `container:<id>` or a network\'s name'),
  networks: Type.Optional(Type.Record(Type.String(), NetworkSpec, { description: 'Networks to stand on, by name' })),
  restartPolicy: Type.Optional(RestartPolicySpec),
  memoryBytes: Type.Optional(Type.Integer({ minimum: 0, description: 'Memory limit, in bytes; 0 for none' })),
  cpus: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000, description: 'CPU limit, in cores, e.g. 1.5; 0 for none' })),
  pidsLimit: Type.Optional(Type.Integer({ minimum: -1, maximum: MAX_INT32, description: 'How many processes it may have; -1 or 0 for no limit' })),
  init: flag('Run an init that forwards signals and reaps processes'),
  privileged: flag('Give it all rights on the host'),
  capAdd: words('Capabilities to add, e.g. `NET_ADMIN`'),
  capDrop: words('Capabilities to drop, e.g. `ALL`'),
  pull: Type.Optional(Type.Enum(['missing', 'always', 'never'], { title: 'PullPolicy', default: 'missing', description: 'Whether the image is pulled first; default `missing`' }))
} satisfies TProperties

export type ContainerSpec = Static<ReturnType<typeof Type.Object<typeof ContainerSpec>>>
