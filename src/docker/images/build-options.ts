import { posix } from 'node:path'
import Type, { type Static, type TProperties } from 'typebox'
import { invalidField } from '../../lib/errors.js'
import type { Query } from '../../engine/connection/connection.js'
import { choice } from '../../model/choice.js'
import { Platform, filterWords } from '../../engine/models/common.js'
import { NewReference } from '../../model/names.js'
import { RegistryAuth } from '../../engine/registry-auth.js'
import { NETWORK_MODE, NO_BLANKS, ULIMIT } from '../spec/closed-sets.js'
import { Isolation } from '../spec/isolation.js'
import { closed } from '../../model/objects.js'

const MAX_INT32 = 2_147_483_647
const text = (description: string, rest: object = {}) => Type.Optional(Type.String({ maxLength: 4096, description, ...rest }))
const flag = (description: string, preset = false) => Type.Optional(Type.Boolean({ description: `${description}; default ${preset}` }))
const whole = (description: string, minimum = 0, maximum = Number.MAX_SAFE_INTEGER) => Type.Optional(Type.Integer({ minimum, maximum, description }))

export const BuildUlimit = Type.Object({
  name: Type.String({ maxLength: 64, description: 'E.g. `nofile`', ...ULIMIT }),
  soft: Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER, description: 'What a process begins with; -1 for no limit' }),
  hard: Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER, description: 'How far a process may raise it; -1 for no limit' })
}, { ...closed, title: 'BuildUlimit', description: 'A limit on the processes of a build' })

export const Builder = choice('Builder', 'What builds', {
  classic: 'The engine\'s first builder: each step is a container',
  buildkit: 'BuildKit, which is in the engine as well: `RUN --mount`, `COPY --chmod`, and heredocs from Engine 23 on'
}, { default: 'classic' })

/** What a build takes: the options of `docker build`, by their names in the Engine API or the command. */
export const BuildOptions = {
  builder: Type.Optional(Builder),
  tags: Type.Optional(Type.Array(NewReference('A name for the image'), { maxItems: 100, description: 'Names for the image' })),
  dockerfile: text('The Dockerfile\'s path inside the context; default `Dockerfile`'),
  buildArgs: Type.Optional(Type.Record(Type.String({ pattern: '^[^=]+$' }), Type.String(), { description: 'Values for the Dockerfile\'s `ARG`s. Whoever has the image can read them in its history' })),
  target: text('The stage to build; the last one when absent'),
  platform: Type.Optional(Platform),
  noCache: flag('Run every step again, whatever was built before'),
  pull: flag('Ask the registry for a newer base image, even where there is one'),
  quiet: flag('Tell the end alone'),
  labels: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Labels for the image' })),
  networkMode: text('The network of `RUN`: `default`, `none`, `host`, `container:<id>` or a network\'s name', NETWORK_MODE),
  extraHosts: Type.Optional(Type.Array(Type.String({ maxLength: 1024, ...NO_BLANKS }), { maxItems: 100, description: 'Lines for `/etc/hosts` during the build, each `name:address`' })),
  cacheFrom: filterWords('Images whose layers may be used instead of running a step'),
  memoryBytes: whole('The memory of each step, in bytes; 0 for no limit'),
  memorySwapBytes: whole('Memory and swap of each step together, in bytes; -1 for no limit on swap', -1),
  cpuShares: whole('The relative weight of each step\'s CPU time', 0, MAX_INT32),
  cpusetCpus: text('The CPUs that steps may run on, e.g. `0-2,4`'),
  cpusetMems: text('The memory nodes that steps may use, e.g. `0,1`'),
  cpuPeriod: whole('The period of the CPU scheduler, in microseconds', 0, MAX_INT32),
  cpuQuota: whole('The CPU time that a step may use in each period, in microseconds', -1, MAX_INT32),
  shmSizeBytes: whole('The size of `/dev/shm`, in bytes; the engine\'s default is 64 MiB'),
  ulimits: Type.Optional(Type.Array(BuildUlimit, { maxItems: 100, description: 'Limits on the processes of each step' })),
  cgroupParent: text('The control group that the steps\' own ones are below'),
  isolation: Type.Optional(Isolation),
  securityOpt: filterWords('Security options, on Windows only'),
  squash: flag('Make one layer of what the build adds; the engine has to run with experimental features'),
  remove: flag('Remove the containers of steps that went well', true),
  forceRemove: flag('Remove them also when a step fails, so that nothing is left', true),
  registryAuth: Type.Optional(Type.Record(Type.String(), RegistryAuth, { description: 'How to sign in to the registries of base images, by registry, e.g. `registry:5000`; Docker Hub is `https://index.docker.io/v1/`' }))
} satisfies TProperties

export type BuildOptions = Static<ReturnType<typeof Type.Object<typeof BuildOptions>>>

/** As the engine takes them, all in the query. What was not given is not sent: the engine's defaults hold. */
export function buildQuery (options: Omit<BuildOptions, 'builder' | 'registryAuth' | 'quiet'>): Query {
  const { remove = true, forceRemove = true } = options
  return {
    version: '1', // the classic builder, whatever the engine prefers
    rm: flagOf(remove),
    forcerm: flagOf(forceRemove),
    ...described(options)
  }
}

/** What either builder is told. */
export const described = (options: Omit<BuildOptions, 'builder' | 'quiet'>): Query => ({ ...named(options), ...limits(options), ...encoded(options) })

const named = ({ tags, dockerfile, target, platform, noCache, pull, networkMode, extraHosts, isolation, securityOpt, squash }: BuildOptions): Query => ({
  t: tags,
  dockerfile: dockerfile === undefined ? undefined : insideContext(dockerfile),
  target,
  platform,
  nocache: flagOf(noCache),
  pull: flagOf(pull),
  networkmode: networkMode,
  extrahosts: extraHosts,
  isolation,
  securityopt: securityOpt,
  squash: flagOf(squash)
})

/** Docker takes every path for one inside the context; Podman would read a file of its own machine. */
function insideContext (dockerfile: string): string {
  const path = posix.normalize(dockerfile).replace(/^\/+/, '')
  if (path === '..' || path.startsWith('../')) throw invalidField('dockerfile', `must be inside the context, and ${JSON.stringify(dockerfile)} leads out of it`)
  return path
}

const limits = (options: BuildOptions): Query => ({
  memory: numberOf(options.memoryBytes),
  memswap: numberOf(options.memorySwapBytes),
  cpushares: numberOf(options.cpuShares),
  cpusetcpus: options.cpusetCpus,
  cpusetmems: options.cpusetMems,
  cpuperiod: numberOf(options.cpuPeriod),
  cpuquota: numberOf(options.cpuQuota),
  shmsize: numberOf(options.shmSizeBytes),
  cgroupparent: options.cgroupParent
})

const encoded = ({ buildArgs, labels, cacheFrom, ulimits }: BuildOptions): Query => ({
  buildargs: jsonOf(buildArgs),
  labels: jsonOf(labels),
  cachefrom: jsonOf(cacheFrom),
  ulimits: jsonOf(ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })))
})

const flagOf = (flag: boolean | undefined): string | undefined => flag === undefined ? undefined : flag ? '1' : '0'
const numberOf = (number: number | undefined): string | undefined => number === undefined ? undefined : String(number)
const jsonOf = (value: unknown): string | undefined => value === undefined ? undefined : JSON.stringify(value)
