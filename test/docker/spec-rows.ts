import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here as differs, speaks } from '../support/differences.js'

/**
 * The same container twice: as arguments of `docker container create`, and as the input of `container.create`.
 * `cli` is words between spaces, or a list where a word has spaces itself.
 */
export interface Row {
  readonly cli: string | readonly string[]
  readonly spec: Readonly<Record<string, unknown>>
  /** Instead of the test image. */
  readonly image?: string
  /** Words behind the image. */
  readonly command?: readonly string[]
  /**
   * Refused, and why. By the `engine`: both with the same words of its. By `both`: the command and Caisson, or the
   * engine, in words of their own. By `caisson` alone: it looks where the command does not.
   */
  readonly refused?: { readonly by: 'engine' | 'both' | 'caisson', readonly why: string } & On
  /** The command refuses by itself what can be asked of the engine; why, and what the engine then has or says. */
  readonly alone?: { readonly why: string, readonly inspect?: Readonly<Record<string, unknown>>, readonly refusal?: RegExp, readonly warning?: RegExp } & On
  /** Differences that are right; why. The paths are below the inspect. */
  readonly except?: { readonly paths: readonly string[], readonly why: string }
}

/** On which engines it is so: those below a version of the API, or those with a difference; else on all. */
interface On { readonly below?: string, readonly where?: boolean }

export const isSo = ({ below, where = true }: On): boolean => where && (below === undefined || !speaks(below))

/** Names of what the rows need to be there: see spec.test.ts. */
export const here = {
  network: `spec-net-${process.pid}`,
  network6: `spec-net6-${process.pid}`,
  subnet: '10.77.1.0/24',
  subnet6: '2001:db8:77::/64',
  other: `spec-other-${process.pid}`,
  volume: `spec-volume-${process.pid}`
} as const

const WINDOWS = 'for Windows: the command looks at the engine\'s system first'
const tooOld = (below: string) => ({ by: 'both', why: 'the engine would pass over it: the command and Caisson look at its API first', below }) as const
const byEngine = (why: string) => ({ by: 'engine', why }) as const

/** `folder` is for files that the command reads. */
export function rows (folder: string): Row[] {
  const seccomp = join(folder, 'seccomp.json')
  writeFileSync(seccomp, '{\n  "defaultAction": "SCMP_ACT_ALLOW"\n}\n')
  return [...processRows, ...healthRows, ...portRows, ...mountRows, ...networkRows, ...resourceRows, ...isolationRows(seccomp), ...otherRows]
}

const processRows: Row[] = [
  { cli: '', spec: {} },
  { cli: '--name spec-named-NUMBER', spec: { name: 'spec-named-NUMBER' } },
  { cli: '--hostname web', spec: { hostname: 'web' } },
  { cli: '-h web --domainname example.com', spec: { hostname: 'web', domainname: 'example.com' } },
  { cli: '--domainname example.com', spec: { domainname: 'example.com' } },
  { cli: '--user 1000:1000', spec: { user: '1000:1000' } },
  { cli: '--group-add 10 --group-add audio', spec: { groupAdd: ['10', 'audio'] } },
  { cli: '--workdir /srv', spec: { workingDir: '/srv' } },
  { cli: '--tty', spec: { tty: true } },
  { cli: '--interactive', spec: { openStdin: true, attachStdin: true, stdinOnce: true } },
  { cli: '--attach stdin --attach stdout', spec: { attachStdin: true, attachStdout: true, attachStderr: false } },
  { cli: '--attach stderr -i', spec: { openStdin: true, attachStdin: true, stdinOnce: true, attachStdout: false, attachStderr: true } },
  { cli: ['--entrypoint', '/bin/echo'], spec: { entrypoint: ['/bin/echo'] } },
  { cli: ['--entrypoint', ''], command: ['sleep', '1'], spec: { entrypoint: [''], command: ['sleep', '1'] } },
  { cli: ['--entrypoint', ''], spec: { entrypoint: [''] }, refused: byEngine('nothing is left to run') },
  { cli: '', command: ['sh', '-c', 'echo "a b"'], spec: { command: ['sh', '-c', 'echo "a b"'] } },
  { cli: ['--env', 'A=1', '--env', 'B=two words', '--env', 'C='], spec: { env: { A: '1', B: 'two words', C: '' } } },
  { cli: '--env CAISSON_UNSET --env PATH=/bin', spec: { env: { CAISSON_UNSET: null, PATH: '/bin' } } },
  { cli: ['--label', 'team=blue', '--label', 'com.example/empty', '--label', 'x=a=b'], spec: { labels: { team: 'blue', 'com.example/empty': '', x: 'a=b' } } },
  { cli: '--annotation a=b', spec: { annotations: { a: 'b' } }, refused: tooOld('1.43') },
  { cli: '--init', spec: { init: true } },
  { cli: '--init=false', spec: { init: false } },
  { cli: '--stop-signal SIGQUIT', spec: { stopSignal: 'SIGQUIT' } },
  { cli: '--stop-timeout 33', spec: { stopTimeoutSeconds: 33 } },
  { cli: '--stop-timeout 0', spec: { stopTimeoutSeconds: 0 } }
]

const healthRows: Row[] = [
  { cli: ['--health-cmd', 'test -e /ok'], spec: { healthcheck: { test: ['CMD-SHELL', 'test -e /ok'] } } },
  {
    cli: '--health-cmd true --health-interval 90s --health-timeout 1500ms --health-retries 5 --health-start-period 1m',
    spec: { healthcheck: { test: ['CMD-SHELL', 'true'], intervalSeconds: 90, timeoutSeconds: 1.5, retries: 5, startPeriodSeconds: 60 } }
  },
  { cli: '--health-retries 2', spec: { healthcheck: { retries: 2 } } },
  { cli: '--health-cmd true --health-start-interval 5s', spec: { healthcheck: { test: ['CMD-SHELL', 'true'], startIntervalSeconds: 5 } }, refused: tooOld('1.44') },
  { cli: '--health-cmd true --health-interval 10us', spec: { healthcheck: { test: ['CMD-SHELL', 'true'], intervalSeconds: 0.00001 } }, refused: byEngine('no less than a millisecond') },
  { cli: '--no-healthcheck', spec: { healthcheck: { disable: true } } }
]

const portRows: Row[] = [
  { cli: '-p 8080:80', spec: { ports: [{ containerPort: 80, hostPort: 8080 }] } },
  { cli: '--publish 80', spec: { ports: [{ containerPort: 80 }] } },
  { cli: '-p 127.0.0.1:5353:53/udp -p 5353:53/tcp', spec: { ports: [{ containerPort: 53, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 5353 }, { containerPort: 53, hostPort: 5353 }] } },
  { cli: '-p 127.0.0.1::80', spec: { ports: [{ containerPort: 80, hostIp: '127.0.0.1' }] } },
  { cli: '-p [::1]:8080:80', spec: { ports: [{ containerPort: 80, hostIp: '::1', hostPort: 8080 }] } },
  { cli: '-p 8000-8010:80', spec: { ports: [{ containerPort: 80, hostPort: 8000, hostPortEnd: 8010 }] } },
  { cli: '-p 8000-8002:80-82/sctp', spec: { ports: [{ containerPort: 80, containerPortEnd: 82, protocol: 'sctp', hostPort: 8000, hostPortEnd: 8002 }] } },
  { cli: '-p 80-82', spec: { ports: [{ containerPort: 80, containerPortEnd: 82 }] } },
  { cli: '-p 8080:80 -p 8081:80', spec: { ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 80, hostPort: 8081 }] } },
  { cli: '-p 8000-8001:80-82', spec: { ports: [{ containerPort: 80, containerPortEnd: 82, hostPort: 8000, hostPortEnd: 8001 }] }, refused: { by: 'both', why: 'ranges of different lengths; the command and Caisson pair them' } },
  { cli: '-p 1.2.3:80:80', spec: { ports: [{ containerPort: 80, hostPort: 80, hostIp: '1.2.3' }] }, refused: { by: 'both', why: 'not an address; the command and Caisson look' } },
  { cli: '--expose 80 --expose 90-92/udp', spec: { expose: [{ containerPort: 80 }, { containerPort: 90, containerPortEnd: 92, protocol: 'udp' }] } },
  { cli: '--publish-all --expose 7000', spec: { publishAllPorts: true, expose: [{ containerPort: 7000 }] } }
]

const mountRows: Row[] = [
  { cli: '-v /tmp:/host:ro', spec: { binds: ['/tmp:/host:ro'] } },
  { cli: `--volume ${here.volume}:/data:nocopy`, spec: { binds: [`${here.volume}:/data:nocopy`] } },
  { cli: '--volume /scratch', spec: { volumes: ['/scratch'] } },
  { cli: '-v /scratch --volume-driver local', spec: { volumes: ['/scratch'], volumeDriver: 'local' } },
  { cli: '-v /scratch --volume-driver nowhere', spec: { volumes: ['/scratch'], volumeDriver: 'nowhere' }, refused: { by: 'both', why: 'there is no such driver; the command takes any 404 for a missing image and tries to pull' } },
  { cli: `--volumes-from ${here.other}:ro`, spec: { volumesFrom: [`${here.other}:ro`] } },
  { cli: '--tmpfs /run:size=64m,mode=755 --tmpfs /tmp', spec: { tmpfs: { '/run': 'size=64m,mode=755', '/tmp': '' } } },
  { cli: '--read-only', spec: { readonlyRootfs: true } },
  { cli: '--storage-opt size=1G', spec: { storageOpt: { size: '1G' } }, refused: { ...byEngine('its storage has no quotas'), where: differs('refusesStorageSize') } },
  { cli: '--mount type=bind,source=/tmp,target=/host,readonly', spec: { mounts: [{ type: 'bind', source: '/tmp', target: '/host', readOnly: true }] } },
  {
    cli: '--mount type=bind,source=/tmp,target=/host,consistency=cached,bind-propagation=rslave,bind-recursive=disabled',
    spec: { mounts: [{ type: 'bind', source: '/tmp', target: '/host', consistency: 'cached', bindOptions: { propagation: 'rslave', nonRecursive: true } }] }
  },
  { cli: '--mount type=bind,source=/no/such/path,target=/host', spec: { mounts: [{ type: 'bind', source: '/no/such/path', target: '/host' }] }, refused: byEngine('a mount, unlike a bind, makes no source') },
  { cli: '--mount type=bind,source=/tmp,target=/host,readonly,bind-recursive=writable', spec: { mounts: [{ type: 'bind', source: '/tmp', target: '/host', readOnly: true, bindOptions: { readOnlyNonRecursive: true } }] } },
  { cli: `--mount type=volume,source=${here.volume},target=/data`, spec: { mounts: [{ type: 'volume', source: here.volume, target: '/data' }] } },
  { cli: '--mount type=volume,target=/data', spec: { mounts: [{ type: 'volume', target: '/data' }] } },
  {
    cli: `--mount type=volume,source=${here.volume}-2,target=/data,volume-nocopy,volume-label=a=b,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs`,
    spec: { mounts: [{ type: 'volume', source: `${here.volume}-2`, target: '/data', volumeOptions: { noCopy: true, labels: { a: 'b' }, driver: { name: 'local', options: { type: 'tmpfs', device: 'tmpfs' } } } }] }
  },
  { cli: '--mount type=tmpfs,target=/run,tmpfs-size=64m,tmpfs-mode=1770', spec: { mounts: [{ type: 'tmpfs', target: '/run', tmpfsOptions: { sizeBytes: 64 * 1024 * 1024, mode: 0o1770 } }] } },
  { cli: '--mount type=npipe,source=a,target=b', spec: { mounts: [{ type: 'npipe', source: 'a', target: 'b' }] }, refused: byEngine('for Windows') },
  { cli: '--mount type=cluster,source=a,target=/b', spec: { mounts: [{ type: 'cluster', source: 'a', target: '/b' }] }, refused: { by: 'both', why: 'the engine does not know it' } },
  { cli: '--mount type=image,source=a,target=/b', spec: { mounts: [{ type: 'image', source: 'a', target: '/b' }] }, refused: { by: 'both', why: 'the engine does not know it' } }
]

const MAC = 'this command sends it for a network only, which is for engines of API 1.44; older ones have one for the container'

const networkRows: Row[] = [
  { cli: '--network none', spec: { networkMode: 'none' } },
  { cli: '--network host', spec: { networkMode: 'host' } },
  { cli: '--network bridge', spec: { networkMode: 'bridge' } },
  { cli: `--network container:${here.other}`, spec: { networkMode: `container:${here.other}` } },
  { cli: `--network ${here.network}`, spec: { networkMode: here.network } },
  { cli: `--network ${here.network} --network-alias db --network-alias db2`, spec: { networks: { [here.network]: { aliases: ['db', 'db2'] } } } },
  { cli: `--network ${here.network} --ip 10.77.1.9`, spec: { networks: { [here.network]: { ipv4Address: '10.77.1.9' } } } },
  { cli: `--network ${here.network6} --ip6 2001:db8:77::9`, spec: { networks: { [here.network6]: { ipv6Address: '2001:db8:77::9' } } } },
  { cli: `--network ${here.network} --link-local-ip 169.254.7.7`, spec: { networks: { [here.network]: { linkLocalIps: ['169.254.7.7'] } } } },
  { cli: `--network ${here.network} --ip 10.77`, spec: { networks: { [here.network]: { ipv4Address: '10.77' } } }, refused: { by: 'both', why: 'not an address' } },
  { cli: `--network name=${here.network},alias=db,ip=10.77.1.8,driver-opt=a=b`, spec: { networks: { [here.network]: { aliases: ['db'], ipv4Address: '10.77.1.8', driverOpts: { a: 'b' } } } } },
  { cli: `--network name=${here.network},mac-address=92:d0:c6:0a:29:33`, spec: { networks: { [here.network]: { macAddress: '92:d0:c6:0a:29:33' } } }, alone: { why: MAC, below: '1.44', inspect: { Config: { MacAddress: '92:d0:c6:0a:29:33' } } } },
  { cli: `--network name=${here.network},gw-priority=5`, spec: { networks: { [here.network]: { gwPriority: 5 } } }, refused: { by: 'caisson', why: 'the engine passes over it, and the command does not look', below: '1.48' } },
  { cli: '--mac-address 92:d0:c6:0a:29:33', spec: { macAddress: '92:d0:c6:0a:29:33' }, alone: { why: MAC, below: '1.44', inspect: { Config: { MacAddress: '92:d0:c6:0a:29:33' } } } },
  { cli: `--name spec-linked-NUMBER --link ${here.other}:db`, spec: { name: 'spec-linked-NUMBER', links: [`${here.other}:db`] } },
  { cli: `--network ${here.network} --link ${here.other}:db`, spec: { links: [`${here.other}:db`], networks: { [here.network]: { links: [`${here.other}:db`] } } } },
  { cli: '--link nobody-here:db', spec: { links: ['nobody-here:db'] }, refused: byEngine('there is no such container') },
  { cli: '--dns 10.0.0.53 --dns-option ndots:2 --dns-search example.com', spec: { dns: ['10.0.0.53'], dnsOptions: ['ndots:2'], dnsSearch: ['example.com'] } },
  { cli: '--add-host db:10.0.0.1 --add-host gate:host-gateway', spec: { extraHosts: ['db:10.0.0.1', 'gate:host-gateway'] } }
]

const MiB = 1024 * 1024

const resourceRows: Row[] = [
  { cli: '--memory 64m', spec: { memoryBytes: 64 * MiB } },
  { cli: '--memory 64m --memory-swap 128m --memory-reservation 32m --memory-swappiness 10', spec: { memoryBytes: 64 * MiB, memorySwapBytes: 128 * MiB, memoryReservationBytes: 32 * MiB, memorySwappiness: 10 } },
  { cli: '--memory 64m --memory-swap -1', spec: { memoryBytes: 64 * MiB, memorySwapBytes: -1 } },
  { cli: '--memory 1m', spec: { memoryBytes: MiB }, refused: byEngine('six megabytes at least') },
  { cli: '--kernel-memory 64m', spec: { kernelMemoryBytes: 64 * MiB } },
  { cli: '--oom-kill-disable --memory 64m', spec: { oomKillDisable: true, memoryBytes: 64 * MiB } },
  { cli: '--oom-score-adj 100', spec: { oomScoreAdj: 100 } },
  { cli: '--cpus 1.5', spec: { cpus: 1.5 } },
  { cli: '--cpus 5000', spec: { cpus: 5000 }, refused: byEngine('the host has fewer') },
  { cli: '--cpu-shares 512 --cpu-period 50000 --cpu-quota 25000', spec: { cpuShares: 512, cpuPeriod: 50_000, cpuQuota: 25_000 } },
  { cli: '--cpu-period 5', spec: { cpuPeriod: 5 }, refused: byEngine('a millisecond at least') },
  { cli: '--cpus 1 --cpu-quota 25000', spec: { cpus: 1, cpuQuota: 25_000 }, refused: byEngine('one or the other') },
  { cli: '--cpuset-cpus 0 --cpuset-mems 0', spec: { cpusetCpus: '0', cpusetMems: '0' } },
  { cli: '--cpuset-cpus 4000', spec: { cpusetCpus: '4000' }, refused: byEngine('the host has fewer') },
  { cli: '--cpu-rt-period 1000000 --cpu-rt-runtime 950000', spec: { cpuRealtimePeriod: 1_000_000, cpuRealtimeRuntime: 950_000 } },
  { cli: '--blkio-weight 300', spec: { blkioWeight: 300 } },
  { cli: '--blkio-weight-device /dev/null:200', spec: { blkioWeightDevice: [{ path: '/dev/null', weight: 200 }] } },
  { cli: '--device-read-bps /dev/null:1mb --device-write-bps /dev/null:2mb', spec: { blkioDeviceReadBps: [{ path: '/dev/null', rate: MiB }], blkioDeviceWriteBps: [{ path: '/dev/null', rate: 2 * MiB }] } },
  { cli: '--device-read-iops /dev/null:10 --device-write-iops /dev/null:20', spec: { blkioDeviceReadIOps: [{ path: '/dev/null', rate: 10 }], blkioDeviceWriteIOps: [{ path: '/dev/null', rate: 20 }] } },
  { cli: '--pids-limit 50', spec: { pidsLimit: 50 } },
  { cli: '--pids-limit -1', spec: { pidsLimit: -1 } },
  { cli: '--shm-size 128m', spec: { shmSizeBytes: 128 * MiB } },
  { cli: '--ulimit nofile=1024:2048 --ulimit core=0', spec: { ulimits: [{ name: 'nofile', soft: 1024, hard: 2048 }, { name: 'core', soft: 0 }] }, except: { paths: ['HostConfig.Ulimits'], why: 'the command sorts them by name; the next row has one' } },
  { cli: '--ulimit nofile=1024', spec: { ulimits: [{ name: 'nofile', soft: 1024 }] } },
  { cli: '--device /dev/null:/dev/nothing:r --device /dev/zero', spec: { devices: [{ pathOnHost: '/dev/null', pathInContainer: '/dev/nothing', cgroupPermissions: 'r' }, { pathOnHost: '/dev/zero' }] } },
  { cli: ['--device-cgroup-rule', 'c 1:3 mr'], spec: { deviceCgroupRules: ['c 1:3 mr'] } },
  { cli: '--gpus all', spec: { deviceRequests: [{ driver: '', count: -1, capabilities: [['gpu']], options: {} }] } },
  { cli: ['--gpus', '"device=0,1","capabilities=compute,utility"'], spec: { deviceRequests: [{ driver: '', count: 0, deviceIds: ['0', '1'], capabilities: [['compute', 'utility', 'gpu']], options: {} }] } },
  { cli: '--cgroup-parent /caisson', spec: { cgroupParent: '/caisson' } },
  { cli: '--cpu-count 1', spec: { cpuCount: 1 }, alone: { why: WINDOWS, inspect: { HostConfig: { CpuCount: 1 } } } },
  { cli: '--cpu-percent 50', spec: { cpuPercent: 50 }, alone: { why: WINDOWS, warning: /CPU percent/ } },
  { cli: '--io-maxiops 100', spec: { ioMaximumIOps: 100 }, alone: { why: WINDOWS, refusal: /maximum IOPs/ } },
  { cli: '--io-maxbandwidth 1m', spec: { ioMaximumBandwidthBytesPerSecond: MiB }, alone: { why: WINDOWS, refusal: /maximum bandwidth/ } }
]

const isolationRows = (seccomp: string): Row[] => [
  { cli: '--privileged', spec: { privileged: true } },
  { cli: '--cap-add NET_ADMIN --cap-add SYS_TIME --cap-drop MKNOD', spec: { capAdd: ['NET_ADMIN', 'SYS_TIME'], capDrop: ['MKNOD'] } },
  { cli: '--cap-drop ALL', spec: { capDrop: ['ALL'] } },
  { cli: '--cap-add WINGS', spec: { capAdd: ['WINGS'] }, refused: byEngine('there is no such capability') },
  { cli: '--security-opt no-new-privileges --security-opt seccomp=unconfined', spec: { securityOpt: ['no-new-privileges', 'seccomp=unconfined'] } },
  { cli: `--security-opt seccomp=${seccomp}`, spec: { securityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] } },
  { cli: '--security-opt systempaths=unconfined', spec: { maskedPaths: [], readonlyPaths: [], securityOpt: [] } },
  { cli: '--security-opt colour=red', spec: { securityOpt: ['colour=red'] }, refused: byEngine('there is no such option') },
  { cli: '--cgroupns host', spec: { cgroupnsMode: 'host' } },
  { cli: '--cgroupns private', spec: { cgroupnsMode: 'private' } },
  { cli: '--ipc host', spec: { ipcMode: 'host' } },
  { cli: `--ipc container:${here.other}`, spec: { ipcMode: `container:${here.other}` } },
  { cli: '--pid host', spec: { pidMode: 'host' } },
  { cli: '--uts host', spec: { utsMode: 'host' } },
  { cli: '--userns host', spec: { usernsMode: 'host' } },
  { cli: '--isolation default', spec: { isolation: 'default' } },
  { cli: '--isolation hyperv', spec: { isolation: 'hyperv' }, refused: byEngine('for Windows') },
  { cli: '--runtime runc', spec: { runtime: 'runc' } },
  { cli: '--runtime nowhere', spec: { runtime: 'nowhere' }, refused: byEngine('there is no such runtime') },
  { cli: '--sysctl net.core.somaxconn=1024', spec: { sysctls: { 'net.core.somaxconn': '1024' } } },
  { cli: '--log-driver local --log-opt max-size=10m', spec: { logConfig: { type: 'local', config: { 'max-size': '10m' } } } },
  { cli: '--log-driver none', spec: { logConfig: { type: 'none' } } },
  { cli: '--log-opt max-file=3', spec: { logConfig: { config: { 'max-file': '3' } } } },
  { cli: '--log-driver pigeon', spec: { logConfig: { type: 'pigeon' } }, refused: byEngine('there is no such driver') }
]

const otherRows: Row[] = [
  { cli: '--restart always', spec: { restartPolicy: { name: 'always' } } },
  { cli: '--restart on-failure:3', spec: { restartPolicy: { name: 'on-failure', maximumRetryCount: 3 } } },
  { cli: '--restart unless-stopped', spec: { restartPolicy: { name: 'unless-stopped' } } },
  { cli: '--rm', spec: { autoRemove: true } },
  { cli: '--rm --restart always', spec: { autoRemove: true, restartPolicy: { name: 'always' } }, refused: { by: 'both', why: 'one or the other' } },
  { cli: '--platform linux/PLATFORM', spec: { platform: 'linux/PLATFORM' } },
  { cli: '--platform linux/s390x --pull never', spec: { platform: 'linux/s390x', pull: 'never' }, refused: byEngine('the image is for another platform') },
  { cli: '--pull never', spec: { pull: 'never' } },
  { cli: '--pull never', spec: { pull: 'never' }, image: 'caisson-test/nothing:here', refused: byEngine('it is not there') },
  { cli: '--pull missing', spec: { pull: 'missing' } },
  { cli: '--pull missing', spec: { pull: 'missing' }, image: 'localhost:1/caisson-test/nothing:here', refused: byEngine('no registry answers') },
  { cli: '--pull always', spec: { pull: 'always' }, image: 'localhost:1/caisson-test/nothing:here', refused: byEngine('no registry answers') }
]

/** Options that are the command's alone, and why. */
export const CLI_ONLY: Readonly<Record<string, string>> = {
  cidfile: 'writes a file where the command runs; the answer has the id',
  'disable-content-trust': 'the command\'s own look at signatures; the engine never hears of it',
  'env-file': 'reads a file where the command runs, into --env',
  'label-file': 'reads a file where the command runs, into --label',
  help: 'tells how the command is used',
  quiet: 'what the command prints',
  'use-api-socket': 'short for a bind mount of /var/run/docker.sock and the credentials of whoever runs the command'
}

/** Fields without an option, and why no row has them. */
export const NO_OPTION: Readonly<Record<string, string>> = {
  image: 'every row has it',
  networkDisabled: 'the command has no option for it',
  consoleSize: 'the command sends that of its own terminal',
  shell: 'for images; the command has no option for it',
  onBuild: 'for images; the command has no option for it',
  argsEscaped: 'for images; the command has no option for it',
  cgroup: 'of the engine\'s past; the command has no option for it',
  kernelMemoryTcpBytes: 'of the engine\'s past; the command has no option for it',
  registryAuth: 'the command takes it from its own configuration'
}
