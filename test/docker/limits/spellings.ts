import fc from 'fast-check'

/** What is there to be reached by name: see property.test.ts. */
export interface There { readonly root: string, readonly readOnlyRoot: string, readonly volumes: readonly string[], readonly donor: string }

type Spec = Readonly<Record<string, unknown>>

const among = <T>(...values: readonly T[]) => fc.constantFrom(...values)

/** Paths that lead into a root, past it, and out of it by every way there is to write one. */
function paths ({ root, readOnlyRoot }: There): fc.Arbitrary<string> {
  const step = among('', '.', '..', '..', 'ok', 'etc', 'x', '...', ' ', 'ok ')
  const way = fc.array(step, { maxLength: 6 }).map(steps => steps.join('/'))
  const start = among(root, readOnlyRoot, `${root}/..`, `${root}x`, `/.${root}`, `/${root}`, `${root}//`, '/etc', '//etc', '/', '/proc/self/root', '/var/run/docker.sock', '..', '.', '~', '')
  return fc.oneof({ weight: 2, arbitrary: start }, { weight: 3, arbitrary: fc.tuple(start, way).map(([from, to]) => `${from}/${to}`) })
}

const cased = (word: string) => among(word, word.toLowerCase(), word.toUpperCase(), word.replace(/^CAP_/, ''), word.replace(/^CAP_/, '').toLowerCase(), `${word.charAt(0)}${word.slice(1).toLowerCase()}`)
const capability = among('CAP_SYS_ADMIN', 'CAP_NET_ADMIN', 'CAP_CHOWN', 'CAP_SYS_PTRACE', 'CAP_SYS_MODULE', 'ALL').chain(cased)

const mode = ({ donor }: There) => among('host', 'private', 'none', '', `container:${donor}`, 'HOST', 'container:', 'ns:/proc/1/ns/net', 'shareable')

function volumeOptions (there: There): fc.Arbitrary<object | undefined> {
  const o = among('bind', 'rbind', 'bind,ro', 'ro,bind', ' bind', 'BIND', 'size=1m', 'size=1m,uid=0', 'rw', 'bind,rw', 'addr=127.0.0.1', '')
  return fc.option(fc.record({ type: among('none', 'tmpfs', 'ext4', 'nfs', 'bind', '', 'proc', 'overlay'), o, device: fc.oneof(paths(there), among('tmpfs', '/dev/sda1', 'none')) }, { requiredKeys: [] }), { nil: undefined })
}

/** What engines after API 1.41 take; older ones refuse it in words. */
function newer (source: fc.Arbitrary<string>): fc.Arbitrary<Spec> {
  const subpath = among('', '.', '..', '../..', 'a/../..', '/etc', '/', 'x', '../../../../etc')
  const annotation = among('run.oci.seccomp.receiver', 'run.oci.hooks.stderr', 'run.oci.keep_original_groups', 'io.podman.annotations.privileged', 'io.podman.annotations.seccomp', 'a')
  const mount = (fields: Record<string, unknown>) => ({ mounts: [{ target: '/n', ...fields }] })
  return fc.oneof(
    fc.tuple(source, subpath, fc.boolean()).map(([source, subpath, readOnly]) => mount({ type: 'volume', source, readOnly, volumeOptions: { subpath } })),
    subpath.map(subpath => mount({ type: 'image', source: 'busybox', imageOptions: { subpath } })),
    fc.tuple(source, fc.boolean(), among('createMountpoint', 'readOnlyNonRecursive', 'readOnlyForceRecursive', 'nonRecursive')).map(([source, readOnly, option]) => mount({ type: 'bind', source, readOnly, bindOptions: { [option]: true } })),
    among([['noexec']], [['exec'], ['dev'], ['suid']], [['size', '1t']], [['mpol', 'bind']]).map(options => mount({ type: 'tmpfs', tmpfsOptions: { options } })),
    fc.tuple(annotation, among('true', '/etc/x')).map(([name, value]) => ({ annotations: { [name]: value } })),
    among({ 'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.route_localnet=1' }, { 'com.docker.network.host_ipv4': '10.0.0.1' }).map(driverOpts => ({ networks: { bridge: { driverOpts } } })),
    fc.integer({ min: -2, max: 2 }).map(gwPriority => ({ networks: { bridge: { gwPriority, macAddress: '92:d0:c6:0a:29:33' } } })),
    among({ test: ['CMD', 'true'], startPeriodSeconds: 1, startIntervalSeconds: 1 }).map(healthcheck => ({ healthcheck })),
    among({ size: '1G' }, {}).map(storageOpt => ({ storageOpt }))
  )
}

/** A part of a create, by one field: harmless, or not. */
export function fragment (there: There): fc.Arbitrary<Spec> {
  const path = paths(there)
  const source = fc.oneof({ weight: 3, arbitrary: path }, { weight: 1, arbitrary: among(...there.volumes) })
  const word = (field: string, values: fc.Arbitrary<unknown>) => values.map(value => ({ [field]: value }))
  const list = (field: string, values: fc.Arbitrary<unknown>) => fc.array(values, { minLength: 1, maxLength: 3 }).map(value => ({ [field]: value }))
  return fc.oneof(
    { weight: 6, arbitrary: list('binds', fc.tuple(source, among('/a', '/b', '/c'), among('', ':ro', ':rw', ':z', ':rshared', ':ro,rslave', ':nocopy')).map(([from, to, how]) => `${from}:${to}${how}`)) },
    { weight: 4, arbitrary: list('mounts', fc.tuple(among('bind', 'volume', 'tmpfs', 'npipe', 'image', 'cluster'), source, fc.boolean(), volumeOptions(there)).map(([type, from, readOnly, options]) => ({ type, target: `/m${from.length}`, readOnly, ...type === 'tmpfs' ? {} : { source: from }, ...type === 'volume' && options !== undefined ? { volumeOptions: { driver: { name: 'local', options } } } : {} }))) },
    { weight: 2, arbitrary: list('capAdd', capability) },
    { weight: 2, arbitrary: list('securityOpt', among('no-new-privileges', 'no-new-privileges:true', 'no-new-privileges=false', 'seccomp=unconfined', 'seccomp:unconfined', 'apparmor=unconfined', 'label=disable', 'label:type:spc_t', 'systempaths=unconfined', 'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}')) },
    { weight: 3, arbitrary: fc.tuple(among('networkMode', 'pidMode', 'ipcMode', 'utsMode', 'usernsMode', 'cgroup'), mode(there)).map(([field, value]) => ({ [field]: value })) },
    word('cgroupnsMode', among('host', 'private')),
    list('volumesFrom', among(there.donor, `${there.donor}:ro`, `${there.donor}:rw`)),
    list('devices', fc.record({ pathOnHost: among('/dev/kmsg', '/dev/null', '/dev/../dev/mem', '//dev/sda', '/dev') })),
    list('deviceCgroupRules', among('a *:* rwm', 'c 1:3 r')),
    word('deviceRequests', among([{ driver: 'nvidia', count: -1 }], [])),
    word('privileged', fc.boolean()),
    word('maskedPaths', among([], ['/proc/kcore'])),
    word('readonlyPaths', among([], ['/proc/sys'])),
    word('sysctls', among({ 'net.core.somaxconn': '1' }, { 'kernel.shm_rmid_forced': '1' }, {})),
    word('runtime', among('runc', 'io.containerd.runc.v2', 'sysbox')),
    word('cgroupParent', among('/', '/docker/..', 'team', '')),
    word('logConfig', among({ type: 'json-file', config: { 'max-size': '1m' } }, { type: 'syslog' }, { type: 'none' }, { config: { 'syslog-address': 'tcp://127.0.0.1:1' } })),
    word('oomScoreAdj', among(-1000, -1, 0, 500)),
    word('ulimits', among([{ name: 'rtprio', soft: 99 }], [{ name: 'RTPRIO', soft: 9 }], [{ name: 'nofile', soft: 1024 }])),
    word('workingDir', among('/proc/self/fd/7', '/proc', '/x/../proc/1', '//proc/self', '/srv', '/')),
    word('memoryBytes', among(0, 32 * 1024 * 1024, 1024 ** 3)),
    word('pidsLimit', among(-1, 0, 10, 5000)),
    word('cpus', among(0, 0.5, 2)),
    word('cpuQuota', among(-1, 50_000, 400_000)),
    { weight: 3, arbitrary: newer(source) },
    word('volumes', among(['/v'], ['/v', '/w'])),
    word('volumeDriver', among('local', '', 'other'))
  )
}
