import Type, { type Static } from 'typebox'
import { TYPE_DESCRIPTION, choice } from '../../model/choice.js'
import { closed } from '../../model/objects.js'

const words = (description: string, pattern = '^\\S+$', expects = 'a text without blanks') => Type.Optional(Type.Array(
  Type.String({ minLength: 1, maxLength: 512, pattern, 'x-expects': expects }), { maxItems: 100, description }))
const patterns = (description: string) => words(`${description}; \`*\` stands for anything`)
const flag = (description: string) => Type.Optional(Type.Boolean({ description: `${description}; default false` }))

const BindRoot = Type.Object({
  path: Type.String({ minLength: 1, maxLength: 4096, description: 'A folder of the host, as an absolute path. What may be written is mounted as a whole, by this role and by any other on the host: below it a link could lead anywhere. No root may lie within another, unless both are read-only. To give out parts of something, use volumes with `subpath` (API 1.45)' }),
  readOnly: flag('Only read-only binds: of it, and of what is below it')
}, { ...closed, title: 'BindRoot', description: 'A folder that containers may be given' })

const port = (description: string) => Type.Integer({ minimum: 1, maximum: 65_535, description })
const PortRange = Type.Object({
  from: port('The first port of the host'),
  to: Type.Optional(port('The last port; `from` alone when absent')),
  addresses: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 100, description: 'Addresses of the host on which they may be published, e.g. `127.0.0.1`; any when absent' }))
}, { ...closed, title: 'PortRange', description: 'Ports of the host that may be published' })

/** A maximum of what can be counted, and what is given to who says nothing. */
const amount = (description: string) => Type.Optional(Type.Object({
  max: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'The most that a container may have; one without a limit is refused then' })),
  default: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'What a container gets whose maker does not say' }))
}, { ...closed, title: 'AmountLimit', description, [TYPE_DESCRIPTION]: 'How much a container may have' }))

const Namespace = choice('HostNamespace', 'What of the host a container may share', {
  network: 'Its network', pid: 'Its processes', ipc: 'Its shared memory', uts: 'Its host name', user: 'Its users', cgroup: 'Its control groups'
})

const RestartPolicyName = choice('AllowedRestartPolicy', 'When the engine may start a container again', {
  no: 'Never', always: 'Whenever it ends', 'unless-stopped': 'Unless somebody has stopped it', 'on-failure': 'When it fails'
})

const RemoteType = choice('RemoteFileSystem', 'A file system that a volume of the driver `local` may mount', { nfs: 'NFS', nfs4: 'NFS 4', cifs: 'SMB' })

/** What a role lets be created, and to what extent. */
export const Limits = Type.Object({
  privileged: flag('Privileged containers and execs, which are as good as root on the host'),
  bindRoots: Type.Optional(Type.Array(BindRoot, { maxItems: 100, description: 'Folders of the host that may be mounted; none when absent. `/` takes `force`' })),
  namespaces: Type.Optional(Type.Array(Namespace, { maxItems: 6, description: 'Namespaces of the host that may be shared; none when absent' })),
  capabilities: words('Capabilities that may be added to those that engines give anyway, e.g. `NET_ADMIN`, or `ALL`; none when absent', '^(?:CAP_)?[A-Z][A-Z_]*$', 'a capability in capitals such as "NET_ADMIN", or "ALL"'),
  devices: words('Devices of the host, e.g. `/dev/fuse` or `/dev/ttyUSB*`; none when absent', '^/\\S+$', 'an absolute path such as "/dev/fuse", with * for anything'),
  deviceCgroupRules: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100, description: 'Rules for devices, just as they are asked for, e.g. `c 189:* rmw`; none when absent' })),
  deviceRequests: flag('Devices that drivers of the host give, such as graphics cards'),
  securityOptions: patterns('Security options as engines take them, e.g. `apparmor=team-*`; `no-new-privileges` needs none. None when absent'),
  runtimes: patterns('OCI runtimes beside the engine\'s default, e.g. `runsc`; none when absent'),
  cgroupParents: patterns('Control groups that containers may be put below; none when absent'),
  logDrivers: words('Log drivers beside `json-file`, `local`, `none` and the engine\'s default, with any options; none when absent'),
  sysctls: patterns('Names of kernel settings, e.g. `net.core.somaxconn` or `net.ipv4.*`; none when absent'),
  annotations: patterns('Names of annotations for the OCI runtime; none when absent'),
  ulimits: words('Limits of processes that may be set beside the harmless: `rtprio` and `nice` give them more than their share; neither when absent', '^(?:rtprio|nice)$', '"rtprio" or "nice"'),
  oomScoreAdj: Type.Optional(Type.Integer({ minimum: -1000, maximum: 0, description: 'The lowest that may be asked for: whoever goes below 0 lets others be killed first. Default 0' })),
  volumeDrivers: patterns('Drivers of volumes beside `local`, with any options; none when absent'),
  volumeTypes: Type.Optional(Type.Array(RemoteType, { maxItems: 3, description: 'File systems that volumes of the driver `local` may mount from elsewhere, beside tmpfs; none when absent' })),
  storageOptions: patterns('Names of options of the storage driver, e.g. `size`; none when absent'),
  networkDrivers: words('Drivers of networks beside `bridge`, e.g. `macvlan`, with any options; none when absent'),
  networkOptions: patterns('Names of options of networks and of containers on them beside the harmless, e.g. `com.docker.network.bridge.name`; none when absent'),
  subnets: words('Blocks of addresses, IPv4 or IPv6, e.g. `10.5.0.0/16`, within which the maker of a network may choose its subnets, ranges, gateways and auxiliary addresses; when absent the engine alone chooses'),
  images: patterns('Images that may be used, pulled, pushed, and names that may be given, e.g. `registry:5000/team/*`; without a tag, every tag. Any when absent. Who has these may not build or load'),
  registries: patterns('Registries whose images may be used, pulled, pushed, e.g. `registry:5000`; Docker Hub is `docker.io`. Any when absent. Who has these may not build or load'),
  frontends: patterns('Images that a Dockerfile may name with `# syntax=` for a build by BuildKit, which then pulls and runs them; `docker/dockerfile`, Docker\'s own, when absent, and none when empty'),
  ports: Type.Optional(Type.Array(PortRange, { maxItems: 100, description: 'Ports of the host that may be published; any when absent, none when empty' })),
  restartPolicies: Type.Optional(Type.Array(RestartPolicyName, { maxItems: 4, description: 'Restart policies beside `no`; any when absent' })),
  memoryBytes: amount('Memory of a container, in bytes; with a maximum, memory and swap together may be twice that'),
  cpus: amount('CPU of a container, in cores'),
  pids: amount('Processes of a container')
}, { ...closed, title: 'Limits', description: 'What may be created with a role. Empty is the safe default: nothing that gives power over the host, any image, and as much as the host has. None at all, as with the role admin: anything' })

export type Limits = Static<typeof Limits>
