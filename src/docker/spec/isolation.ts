import Type, { type TProperties } from 'typebox'
import { choice } from '../../model/choice.js'

import { CGROUP, IPC_MODE, PID_MODE, USERNS_MODE, UTS_MODE } from './closed-sets.js'
import { flag, text, textMap, words } from './fields.js'
import { closed } from '../../model/objects.js'

export const LogConfigSpec = Type.Object({
  type: text('The log driver, e.g. `json-file`, `local`, `journald` or `none`; the engine\'s default when absent'),
  config: textMap('Its options, e.g. `{"max-size": "10m"}`')
}, { ...closed, title: 'LogConfigSpec', description: 'Where what it writes is kept' })

export const Isolation = choice('Isolation', 'Windows: what separates a container from its host', {
  default: 'As the engine has it; all there is on Linux',
  process: 'A silo of its own on the host\'s kernel',
  hyperv: 'A virtual machine of its own'
})

/** What stands between the container and its host. */
export const IsolationFields = {
  privileged: flag('Give it all rights on the host'),
  capAdd: words('Capabilities to add, e.g. `NET_ADMIN`'),
  capDrop: words('Capabilities to drop, e.g. `ALL`'),
  securityOpt: words('Security options as the engine takes them, e.g. `no-new-privileges`, `apparmor=<profile>`, `label=<…>`, `seccomp=unconfined`. For a seccomp profile of your own: `seccomp=` and the profile\'s JSON itself; the `docker` command puts a file\'s content there, the engine never reads a file of yours. For its `systempaths=unconfined` give empty `maskedPaths` and `readonlyPaths`'),
  maskedPaths: words('Paths that are hidden inside; the engine\'s own list when absent, none when empty'),
  readonlyPaths: words('Paths that are read-only inside; the engine\'s own list when absent, none when empty'),
  cgroup: text('Instead of a cgroup of its own: `container:<id>`', CGROUP),
  cgroupnsMode: Type.Optional(choice('CgroupnsMode', 'Whether it sees the host\'s cgroups or its own only; the engine\'s setting when absent', {
    host: 'The host\'s', private: 'Its own only'
  })),
  ipcMode: text('`none`, `private`, `shareable`, `host`, or `container:<id>`; the engine\'s setting when absent', IPC_MODE),
  pidMode: text('`host` or `container:<id>`; its own processes only when absent', PID_MODE),
  utsMode: text('`host`: the host\'s name is its own', UTS_MODE),
  usernsMode: text('`host`: the users inside are those of the host, where the engine would map them', USERNS_MODE),
  isolation: Type.Optional(Isolation),
  runtime: text('The OCI runtime; the engine\'s default when absent'),
  sysctls: textMap('Kernel settings of its namespaces, e.g. `{"net.core.somaxconn": "1024"}`'),
  logConfig: Type.Optional(LogConfigSpec)
} satisfies TProperties

/** In the engine's spelling, as the `docker` command sends them, so that one thing has one name in every inspect. */
export const capabilities = (names: readonly string[] | undefined): string[] | undefined => names?.map(name => {
  const capital = name.toUpperCase()
  return capital === 'ALL' || capital.startsWith('CAP_') ? capital : `CAP_${capital}`
})
