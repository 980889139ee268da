/**
 * What engines of newer APIs answer and take, where it differs from 1.41, which the engines of this suite speak. The
 * answers have the form that the engine's own API documents give them, version by version.
 */
import type Docker from 'dockerode'
import t from 'tap'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { createRequest } from '../../src/docker/containers/container-body.js'
import { ContainerSpec } from '../../src/docker/containers/container-spec.js'
import { Container, ContainerSummary, containerOf, containerSummary } from '../../src/docker/containers/models/container.js'
import { Image, ImageSummary, imageOf, imageSummary } from '../../src/docker/images/models/image.js'

const hex = (digit: string) => digit.repeat(64)
const digest = (digit: string) => `sha256:${hex(digit)}`
const descriptor = (digit: string) => ({ mediaType: 'application/vnd.oci.image.index.v1+json', digest: digest(digit), size: 1609 })

/** The engine's answer as dockerode hands it on: its types are those of one version. */
const answered = <T>(answer: object): T => answer as T

const endpoint = (api: number) => ({
  IPAMConfig: null,
  Links: null,
  // Up to 1.44 the short id is among them; DNSNames have it since.
  Aliases: api < 45 ? ['app', hex('c').slice(0, 12)] : ['app'],
  MacAddress: '02:42:ac:12:00:02',
  DriverOpts: null,
  ...(api >= 48 ? { GwPriority: 0 } : {}),
  NetworkID: hex('d'),
  EndpointID: hex('e'),
  Gateway: '172.18.0.1',
  IPAddress: '172.18.0.2',
  IPPrefixLen: 16,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  DNSNames: ['web', 'app', hex('c').slice(0, 12)]
})

/** 1.52 took away what had been deprecated: the addresses beside `Networks`, `KernelMemoryTCP`, the storage driver's paths. */
const container = (api: number) => answered<Docker.ContainerInspectInfo>({
  Id: hex('c'),
  Created: '2026-02-16T20:21:06.141516371Z',
  Path: 'nginx',
  Args: ['-g', 'daemon off;'],
  State: {
    Status: 'running',
    Running: true,
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: 4711,
    ExitCode: 0,
    Error: '',
    StartedAt: '2026-02-16T20:21:06.9Z',
    FinishedAt: '0001-01-01T00:00:00Z',
    Health: { Status: 'none', FailingStreak: 0, Log: [] }
  },
  Image: digest('a'),
  Name: '/web',
  RestartCount: 0,
  Driver: 'overlayfs',
  Platform: 'linux',
  MountLabel: '',
  ProcessLabel: '',
  AppArmorProfile: 'docker-default',
  ExecIDs: null,
  HostConfig: {
    Binds: null,
    LogConfig: { Type: 'json-file', Config: {} },
    NetworkMode: 'front',
    PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    Annotations: { 'com.example.team': 'blue' },
    CapAdd: null,
    CapDrop: null,
    PidsLimit: null,
    OomKillDisable: null,
    MemorySwappiness: null,
    ...(api < 52 ? { KernelMemoryTCP: 0 } : {}),
    Ulimits: null,
    Mounts: [{ Type: 'image', Source: 'app:1', Target: '/app', ImageOptions: { Subpath: 'bin' } }]
  },
  ...(api < 52 ? { GraphDriver: { Data: null, Name: 'overlayfs' } } : { Storage: { RootFS: { Snapshot: { Name: 'overlayfs' } } } }),
  Mounts: [{ Type: 'image', Name: 'app:1', Source: digest('b'), Destination: '/app', Mode: '', RW: false, Propagation: '' }],
  Config: {
    Hostname: hex('c').slice(0, 12),
    Domainname: '',
    User: '',
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    ExposedPorts: { '80/tcp': {} },
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: ['PATH=/bin'],
    Cmd: ['nginx', '-g', 'daemon off;'],
    Image: 'nginx',
    Volumes: null,
    WorkingDir: '/',
    Entrypoint: null,
    Labels: {},
    StopSignal: 'SIGQUIT',
    Healthcheck: { Test: ['CMD', 'true'], StartInterval: 2_000_000_000 }
  },
  NetworkSettings: {
    ...(api < 52 ? { Bridge: '', HairpinMode: false, EndpointID: '', Gateway: '', IPAddress: '', IPPrefixLen: 0, MacAddress: '' } : {}),
    SandboxID: hex('f'),
    SandboxKey: '/var/run/docker/netns/f',
    Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }, { HostIp: '::', HostPort: '8080' }] },
    Networks: { front: endpoint(api) }
  },
  ...(api >= 48 ? { ImageManifestDescriptor: { ...descriptor('b'), platform: { architecture: 'arm64', os: 'linux', variant: 'v8' } } } : {})
})

for (const api of [44, 45, 48, 52]) {
  t.test(`a container of API 1.${api}`, async t => {
    const info = container(api)
    const ours = containerOf('local', info)
    t.same([...Compile(Container).Errors(ours)], [])
    t.match(ours, {
      name: 'web',
      imageId: digest('a'),
      createdAt: '2026-02-16T20:21:06.141516371Z',
      state: { status: 'running', startedAt: '2026-02-16T20:21:06.9Z' },
      healthcheck: { test: ['CMD', 'true'], startIntervalSeconds: 2 },
      networks: [{ name: 'front', ipv4Address: '172.18.0.2', ipv4PrefixLength: 16, macAddress: '02:42:ac:12:00:02', dnsNames: ['web', 'app', 'cccccccccccc'] }],
      ports: [{ containerPort: 80, hostIp: '0.0.0.0', hostPort: 8080 }, { containerPort: 80, hostIp: '::', hostPort: 8080 }],
      mounts: [{ type: 'image', name: 'app:1', target: '/app', readOnly: true }]
    })
    t.equal(ours.networks[0]?.aliases.includes('cccccccccccc'), api < 45)
    t.notOk('health' in ours.state, '"none" is how newer engines tell of no health check')
    t.notOk('pidsLimit' in ours)
    t.same(ours.raw, info, 'whatever is new is under raw')
  })
}

t.test('a row of containers: Health (1.52), ImageManifestDescriptor (1.48), Annotations (1.46)', async t => {
  const ours = containerSummary('local', answered<Docker.ContainerInfo>({
    Id: hex('c'),
    Names: ['/web'],
    Image: 'nginx',
    ImageID: digest('a'),
    ImageManifestDescriptor: descriptor('b'),
    Command: 'nginx',
    Created: 1_771_273_266,
    Ports: [{ IP: '::', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }, { PrivatePort: 443, Type: 'tcp' }],
    Labels: {},
    State: 'running',
    Status: 'Up 2 minutes',
    Health: { Status: 'none', FailingStreak: 0 },
    HostConfig: { NetworkMode: 'front', Annotations: { a: 'b' } },
    NetworkSettings: { Networks: { front: endpoint(52) } },
    Mounts: []
  }))
  t.same([...Compile(ContainerSummary).Errors(ours)], [])
  t.match(ours, { createdAt: '2026-02-16T20:21:06.000Z', networks: ['front'], ports: [{ hostIp: '::', hostPort: 8080 }, { containerPort: 443 }] })
})

/** 1.44 left out VirtualSize, 1.45 ContainerConfig, 1.50 whatever of Config is a container's, 1.52 what has no value. */
const image = (api: number) => answered<Docker.ImageInspectInfo>({
  Id: digest('a'),
  RepoTags: ['nginx:latest'],
  RepoDigests: [`nginx@${digest('a')}`],
  ...(api < 52 ? { Parent: '', Comment: 'buildkit.dockerfile.v0', DockerVersion: '', Author: '', GraphDriver: { Data: null, Name: 'overlayfs' } } : {}),
  ...(api < 45 ? { Container: '', ContainerConfig: { Hostname: '', Image: '' } } : {}),
  Created: '2026-02-04T23:53:09.1Z',
  Config: {
    ...(api < 50 ? { Hostname: '', Domainname: '', AttachStdin: false, Tty: false, OpenStdin: false, Image: '', User: '', Volumes: null, OnBuild: null, Labels: null } : {}),
    ExposedPorts: { '80/tcp': {} },
    Env: ['PATH=/bin'],
    Entrypoint: ['/entry.sh'],
    Cmd: ['nginx'],
    WorkingDir: '/',
    StopSignal: 'SIGQUIT',
    Healthcheck: { Test: ['CMD', 'true'], StartInterval: 2_000_000_000 }
  },
  Architecture: 'arm64',
  Variant: 'v8',
  Os: 'linux',
  Size: 58_279_422,
  RootFS: { Type: 'layers', Layers: [digest('1'), digest('2')] },
  Metadata: { LastTagTime: '2026-02-16T20:20:00.5Z' },
  ...(api >= 48 ? { Descriptor: descriptor('a'), Manifests: [{ ID: digest('b'), Descriptor: descriptor('b'), Available: true, Kind: 'image', Size: { Content: 20_000_000, Total: 58_279_422 }, ImageData: { Platform: { os: 'linux', architecture: 'arm64', variant: 'v8' }, Size: { Unpacked: 38_279_422 }, Containers: [hex('c')] } }] } : {})
})

for (const api of [44, 45, 48, 50, 52]) {
  t.test(`an image of API 1.${api}`, async t => {
    const info = image(api)
    const ours = imageOf('local', info)
    t.same([...Compile(Image).Errors(ours)], [])
    t.match(ours, {
      tags: ['nginx:latest'],
      sizeBytes: 58_279_422,
      architecture: 'arm64',
      variant: 'v8',
      command: ['nginx'],
      entrypoint: ['/entry.sh'],
      exposedPorts: ['80/tcp'],
      healthCheck: { test: ['CMD', 'true'], startIntervalSeconds: 2 },
      labels: {},
      volumes: [],
      user: '',
      layers: [digest('1'), digest('2')],
      lastTaggedAt: '2026-02-16T20:20:00.500Z'
    })
    t.notOk('parentId' in ours)
    const { Manifests: _, ...rest } = info
    t.same(ours.raw, rest, 'its parts only where they were asked for')
    if (api < 48) return
    const { manifests, descriptor: described, raw } = imageOf('local', info, { manifests: true })
    t.same([...Compile(Image).Errors({ ...ours, manifests })], [])
    t.match(described, { digest: digest('a'), sizeBytes: 1609 })
    t.match(manifests, [{ id: digest('b'), kind: 'image', platform: 'linux/arm64/v8', available: true, unpackedBytes: 38_279_422, totalBytes: 58_279_422, containers: 1 }])
    t.notMatch(JSON.stringify(raw), hex('c'), 'a container\'s id is not for everybody who sees the image')
  })
}

t.test('a row of images: no VirtualSize (1.44), Descriptor (1.48), containers counted (1.51)', async t => {
  const row = { Id: digest('a'), ParentId: '', RepoTags: ['nginx:latest'], RepoDigests: null, Created: 1_770_249_189, Size: 58_279_422, SharedSize: -1, Labels: null, Descriptor: descriptor('a') }
  for (const [Containers, containers] of [[-1, undefined], [2, 2]] as const) {
    const ours = imageSummary('local', answered<Docker.ImageInfo>({ ...row, Containers }))
    t.same([...Compile(ImageSummary).Errors(ours)], [])
    t.match(ours, { sizeBytes: 58_279_422, createdAt: '2026-02-04T23:53:09.000Z', digests: [], labels: {} })
    t.equal(ours.containers, containers)
    t.notOk('sharedSizeBytes' in ours)
  }
})

const Spec = Compile(Type.Object(ContainerSpec))
const request = (spec: object, api: string) => createRequest(Spec.Parse({ image: 'app', ...spec }) as Parameters<typeof createRequest>[0], api)

t.test('since 1.44 a create takes all networks, and the address of each', async t => {
  const spec = { networks: { front: { aliases: ['app'], macAddress: '02:42:ac:12:00:02' }, back: {} } }
  const { body, later } = request(spec, '1.44')
  t.same(later, [])
  t.match(body, { NetworkingConfig: { EndpointsConfig: { front: { Aliases: ['app'], MacAddress: '02:42:ac:12:00:02' }, back: {} } } })
  t.notOk('MacAddress' in body, 'one for the container is for older engines')
  const older = request(spec, '1.43')
  t.same(older.later.map(([name]) => name), ['back'])
  t.match(older.body, { MacAddress: '02:42:ac:12:00:02', NetworkingConfig: { EndpointsConfig: { front: { Aliases: ['app'] } } } })
})

t.test('what an engine is too old for is refused, and sent to one that is not', async t => {
  const mount = (rest: object) => ({ mounts: [{ type: 'volume', source: 'v', target: '/v', ...rest }] })
  const cases: ReadonlyArray<readonly [pointer: string, since: string, spec: object, sent: object]> = [
    ['/annotations', '1.43', { annotations: { a: 'b' } }, { HostConfig: { Annotations: { a: 'b' } } }],
    ['/healthcheck/startIntervalSeconds', '1.44', { healthcheck: { test: ['NONE'], startIntervalSeconds: 2 } }, { Healthcheck: { StartInterval: 2e9 } }],
    ['/mounts/0/type', '1.48', mount({ type: 'image' }), { HostConfig: { Mounts: [{ Type: 'image' }] } }],
    ['/mounts/0/volumeOptions/subpath', '1.45', mount({ volumeOptions: { subpath: 'a' } }), { HostConfig: { Mounts: [{ VolumeOptions: { Subpath: 'a' } }] } }],
    ['/networks/front/gwPriority', '1.48', { networks: { front: { gwPriority: 5 } } }, { NetworkingConfig: { EndpointsConfig: { front: { GwPriority: 5 } } } }]
  ]
  for (const [pointer, since, spec, sent] of cases) {
    const before = `1.${Number(since.slice(2)) - 1}`
    t.throws(() => request(spec, before), { code: 'invalid-input', errors: [{ path: pointer, message: `needs an engine of API ${since} or newer; this one has ${before}` }] })
    t.match(request(spec, since).body, sent, pointer)
  }
})
