import { BY, type EngineFault } from './fault.js'

const input = (by: EngineFault['by'], says: RegExp, words?: string): EngineFault => ({ says, code: 'invalid-input', by, ...(words === undefined ? {} : { words }) })

const files: readonly EngineFault[] = [
  input(BY.docker, /lstat \S*\/: not a directory/),
  input(BY.docker, /extraction point is not a directory/),
  input(BY.podman, /exists but is not a directory/),
  input(BY.docker, /too many (?:links|levels of symbolic links)/),
  input(BY.podman, /too many levels of symbolic links/)
]

const builds: readonly EngineFault[] = [
  input(BY.docker, /Cannot locate specified Dockerfile/),
  input(BY.podman, /stat \S+libpod_builder\d+\/build\/.*: no such file or directory/, 'the context has no such Dockerfile'),
  input(BY.podman, /the target ".*" was not found/),
  input(BY.all, /invalid reference format/),
  input(BY.docker, /Minimum memory limit allowed/),
  input(BY.podman, /did not understand change instruction|invalid change /)
]

const processes: readonly EngineFault[] = [
  input(BY.all, /unable to find (?:user|group) .*: no matching entries/),
  input(BY.podman, /attempted to invoke a command that was not found|OCI permission denied/),
  input(BY.docker, /Cannot mkdir: .* is not a directory/),
  input(BY.podman, /workdir ".*" exists on container .*, but is not a directory/),
  input(BY.docker, /does not support signal/),
  input(BY.podman, /invalid signal|runc kill \w+ \d+` failed/),
  input(BY.docker, /Couldn't find PID field|^ps: error/),
  input(BY.podman, /^ps\(1\) failed/),
  input(BY.docker, /wrong rlimit value|error setting rlimit/),
  input(BY.podman, /ulimit option ".*" requires/),
  input(BY.podman, /unknown capability/),
  input(BY.all, /invalid --security-opt/),
  input(BY.docker, /Decoding seccomp profile failed/),
  input(BY.podman, /opening seccomp profile failed/),
  input(BY.docker, /bad format for add-host/),
  input(BY.podman, /unable to parse host entry/)
]

const mounts: readonly EngineFault[] = [
  input(BY.docker, /invalid volume specification|invalid mode: /),
  input(BY.podman, /incorrect volume format|host directory cannot be empty|invalid container path|invalid option type|duplicate mount destination/),
  input(BY.docker, /invalid tmpfs option/),
  input(BY.podman, /invalid mount option/),
  input(BY.all, /error mounting .*: not a directory/),
  input(BY.graphDrivers, /^Unknown option /),
  input(BY.podman, /--storage-opt is supported only/)
]

const resources: readonly EngineFault[] = [
  input(BY.docker, /error gathering device information/),
  input(BY.all, /stat \/dev\/\S+: no such file or directory/),
  input(BY.podman, /could not parse device/),
  input(BY.docker, /could not select device driver/),
  input(BY.podman, /unable to set memory limit|minimum memoryswap limit|requested CPUs are not available/),
  input(BY.podman, /runc update .*` failed/, 'the container\'s runtime refuses these limits'),
  input(BY.docker, /failed to initialize logging driver/),
  input(BY.podman, /invalid size: /)
]

const networks: readonly EngineFault[] = [
  input(BY.all, /cannot assign requested address/),
  input(BY.podman, /not in (?:any )?subnet/),
  input(BY.old, /Requested address is out of range|must belong to the master pool|does not belong to any of this network's subnets/),
  input(['20.10', 'podman'], /invalid CIDR address/),
  input(BY.all, /strconv\.\w+: parsing ".*": invalid syntax/),
  input(BY.docker, /invalid subinterface vlan name/),
  input(BY.podman, /parent interface \S+ does not exist/),
  input(BY.graphDrivers, /^syntax error in pattern/),
  input(BY.podman, /is an invalid filter|^invalid filter "/)
]

/** What was asked for is not possible in itself. */
export const inputFaults: readonly EngineFault[] = [...files, ...builds, ...processes, ...mounts, ...resources, ...networks]
