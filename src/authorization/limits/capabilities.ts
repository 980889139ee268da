/** Those that engines give to every container: to ask for them is to ask for nothing. */
const GIVEN = [
  'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'NET_RAW', 'SETFCAP',
  'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'
]

/** The others that Linux has (capabilities(7)). */
const OTHERS = [
  'AUDIT_CONTROL', 'AUDIT_READ', 'BLOCK_SUSPEND', 'BPF', 'CHECKPOINT_RESTORE', 'DAC_READ_SEARCH', 'IPC_LOCK', 'IPC_OWNER', 'LEASE',
  'LINUX_IMMUTABLE', 'MAC_ADMIN', 'MAC_OVERRIDE', 'NET_ADMIN', 'NET_BROADCAST', 'PERFMON', 'SYSLOG', 'SYS_ADMIN', 'SYS_BOOT',
  'SYS_MODULE', 'SYS_NICE', 'SYS_PACCT', 'SYS_PTRACE', 'SYS_RAWIO', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'WAKE_ALARM'
]

const given = new Set(GIVEN)
const known = new Set(['ALL', ...GIVEN, ...OTHERS])

/** As Linux has it without its prefix, however it is spelled: engines take `CAP_SYS_ADMIN`, `sys_admin`, `Sys_Admin`. */
export const bareCapability = (name: string): string => name.toUpperCase().replace(/^CAP_/, '')

export const isCapability = (name: string): boolean => known.has(bareCapability(name))

export const isGivenAnyway = (name: string): boolean => given.has(bareCapability(name))
