// @ts-check
// The command line of one private engine, by its kind: the program, its settings, and the namespaces it is started in.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { which } from './command.mjs'
import { ENGINE_KINDS } from './engine-kinds.mjs'
import { rootfsOf } from './engine-rootfs.mjs'
import { socketIn } from './engine-folder.mjs'

/** @typedef {import('./engine.mjs').KeeperOptions & { bridge?: string | undefined }} LaunchOptions */

/**
 * @param {LaunchOptions} options
 * @param {string} driver for storage
 * @returns {{ command: string, args: string[], env: NodeJS.ProcessEnv }}
 */
export function launchLine (options, driver) {
  const kind = ENGINE_KINDS[options.kind]
  const [program, env] = kind.program === 'podman' ? podman(options, driver) : dockerd(options, kind, driver)
  const script = [enter(kind.suite), ...(options.tcp ? [] : ['ip link set lo up']), 'exec "$@"'].join(' && ')
  const namespaces = options.tcp ? ['--mount'] : ['--mount', '--net']
  const line = ['unshare', ...namespaces, '--propagation', 'private', '--', 'sh', '-c', script, 'sh', ...program]
  // Should whoever starts it be killed as well, the engine ends; its folder is swept by the next one.
  const [command = '', ...args] = which('setpriv') ? ['setpriv', '--pdeathsig', 'TERM', '--', ...line] : line
  return { command, args, env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, ...env } }
}

/**
 * Mounts always go into a namespace of the engine's own and disappear with it. An engine that sees the socket of the
 * machine's containerd uses that one, and with it the containers of whatever engine is there: ours must not find it.
 * A root file system is entered with pivot_root: below a plain chroot, runc would run commands in the machine's own root.
 * @param {string | undefined} suite
 */
function enter (suite) {
  if (!suite) return 'mkdir -p /run/containerd && mount -t tmpfs tmpfs /run/containerd'
  const root = rootfsOf(suite)
  const binds = ['/proc', '/sys', '/dev'].map(path => `mount --rbind ${path} ${root}${path}`)
  return [
    `mount --bind ${root} ${root}`, ...binds, `mount --bind /tmp ${root}/tmp`, `mount -t tmpfs tmpfs ${root}/run`,
    `cd ${root}`, 'pivot_root . mnt', 'umount -l /mnt', 'cd /'
  ].join(' && ')
}

/**
 * @param {LaunchOptions} options
 * @param {import('./engine-kinds.mjs').KindOptions} kind
 * @param {string} driver
 * @returns {[string[], NodeJS.ProcessEnv]}
 */
function dockerd (options, kind, driver) {
  const { folder, tcp } = options
  const config = join(folder, 'daemon.json')
  writeFileSync(config, JSON.stringify(kind.config))
  return [[
    'dockerd', `--config-file=${config}`, `--data-root=${join(folder, 'data')}`, `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'docker.pid')}`, `--host=unix://${socketIn(folder)}`, '--group=root',
    ...(kind.containerdStore ? [] : [`--storage-driver=${driver}`]), '--log-level=warn', '--shutdown-timeout=2',
    ...(tcp ? tcpFlags(tcp, options.bridge) : []), ...(options.flags ?? [])
  ], {}]
}

/**
 * @param {import('./engine.mjs').Tcp} tcp
 * @param {string | undefined} bridge
 */
function tcpFlags ({ port, tls }, bridge) {
  const verify = tls ? ['--tlsverify', `--tlscacert=${tls.ca}`, `--tlscert=${tls.cert}`, `--tlskey=${tls.key}`] : []
  // In the machine's own network the engine must leave everything alone that it did not make: no firewall rules,
  // no forwarding, and a bridge of our own (`--bridge=none` would delete the docker0 of an engine that is there).
  return [`--host=tcp://127.0.0.1:${port}`, ...verify, `--bridge=${bridge}`, '--iptables=false', '--ip6tables=false', '--ip-masq=false', '--ip-forward=false', '--userland-proxy=false']
}

/**
 * Podman answers Docker's API on a socket of its own; `flags` are for `podman` itself.
 * @param {LaunchOptions} options
 * @param {string} driver
 * @returns {[string[], NodeJS.ProcessEnv]}
 */
function podman ({ folder, flags = [] }, driver) {
  const config = join(folder, 'containers.conf')
  const networks = join(folder, 'networks')
  const temporary = join(folder, 'tmp')
  for (const needed of [networks, temporary]) mkdirSync(needed, { recursive: true })
  writeFileSync(config, PODMAN_CONFIG.replace('NETWORKS', networks))
  const registries = join(folder, 'registries.conf')
  writeFileSync(registries, PLAIN_REGISTRIES)
  const program = [
    'podman', `--root=${join(folder, 'data')}`, `--runroot=${join(folder, 'exec')}`, '--log-level=warn',
    `--storage-driver=${driver.replace('overlay2', 'overlay')}`, ...flags, 'system', 'service', '--time=0', `unix://${socketIn(folder)}`
  ]
  return [program, { CONTAINERS_CONF: config, CONTAINERS_REGISTRIES_CONF: registries, TMPDIR: temporary }]
}

// crun refuses control groups of the first version, and there is neither systemd nor a firewall to speak to.
const PODMAN_CONFIG = `
[containers]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "file"
[network]
firewall_driver = "none"
network_config_dir = "NETWORKS"
`

// Docker takes the registries of loopback without TLS; Podman has to be told.
const PLAIN_REGISTRIES = [5000, 5001, 5002, 5003].map(port => `[[registry]]\nlocation = "localhost:${port}"\ninsecure = true\n`).join('')
