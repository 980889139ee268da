import type { Limits } from '../../authorization/limits/schema.js'
import { differs } from '../../engine/kinds/differences.js'
import type { Engine } from '../../engine/kinds/engine.js'
import { free, limited, never, parts, textsIn, together, type Violation, type Row, type Rows } from './rows.js'
import { limitsImages } from './rules/images.js'
import { refuseNetworkMode } from './rules/namespaces.js'
import { refuseUlimit } from './rules/process.js'
import { maxima } from './rules/resources.js'
import { oneOf } from './rules/words.js'

/** A role with limits is kept to them by what a build is told: an engine that does not heed all of it builds for others alone. */
export const refuseBuilder = (engine: Engine): Violation[] => differs(engine, 'buildsUnconfined')
  ? [{ limit: 'build', at: [], message: 'this host runs Podman, which does not keep to all that a build is told about its isolation: there, builds are for roles without limits' }]
  : []

const notInBuilds = (what: string) => never('build', what)

/** The query of a build, with either builder. */
export const BUILD: Rows = {
  version: limited('build', value => value === '1' || value === '2' ? undefined : 'is no builder that anybody has decided about'),
  t: free,
  dockerfile: free,
  target: free,
  platform: free,
  nocache: free,
  pull: free,
  q: free,
  rm: free,
  forcerm: free,
  squash: free,
  buildargs: free,
  labels: free,
  extrahosts: free,
  cachefrom: free,
  memory: together,
  memswap: together,
  cpushares: free,
  cpusetcpus: free,
  cpusetmems: free,
  cpuperiod: together,
  cpuquota: together,
  shmsize: free,
  ulimits: limited('ulimits', (value, limits) => ulimitsIn(value).map(ulimit => refuseUlimit(ulimit, limits)).find(message => message !== undefined)),
  networkmode: limited('namespaces', refuseNetworkMode),
  cgroupparent: limited('cgroupParents', oneOf<Limits>('control group', ({ cgroupParents }) => cgroupParents)),
  isolation: limited('isolation', value => value === 'process' ? 'shares the host\'s kernel: that takes the role admin' : undefined),
  securityopt: limited('securityOptions', value => textsIn(value).length > 0 ? 'may not be set for a build: that takes the role admin' : undefined),
  remote: notInBuilds('a context that the engine would fetch by itself'),
  session: notInBuilds('a session, by which an engine may ask for secrets and files'),
  outputs: notInBuilds('an output beside the engine\'s images'),
  buildid: notInBuilds('a context that comes by another call')
}

function ulimitsIn (value: unknown): unknown[] {
  try { return JSON.parse(String(value)) as unknown[] } catch { return [{ Name: 'rtprio' }] }
}

const QUERY_OF: Readonly<Record<string, string>> = { Memory: 'memory', MemorySwap: 'memswap', CpuPeriod: 'cpuperiod', CpuQuota: 'cpuquota' }

function argumentsIn (value: unknown): string[] {
  try { return Object.keys(JSON.parse(String(value)) as object) } catch { return ['BUILDKIT_SYNTAX'] }
}

/** Arguments by which BuildKit itself is told something, and which do no more than what the Dockerfile may do. */
const HARMLESS = new Set(['BUILDKIT_INLINE_CACHE', 'BUILDKIT_MULTI_PLATFORM', 'BUILDKIT_SANDBOX_HOSTNAME', 'BUILDKIT_CONTEXT_KEEP_GIT_DIR', 'BUILDKIT_DOCKERFILE_CHECK'])

function refuseArguments (value: unknown): string | undefined {
  const name = argumentsIn(value).find(name => name.startsWith('BUILDKIT_') && !HARMLESS.has(name))
  return name === undefined ? undefined : `${name} tells BuildKit, and not the Dockerfile, what to do: that takes the role admin`
}

/** What a build begins with is said in the Dockerfile. */
const from = (limits: Limits): Violation[] => limitsImages(limits)
  ? [{ limit: limits.images === undefined ? 'registries' : 'images', at: [], message: 'what a build begins with can\'t be held to the images that your grant allows' }]
  : []

/** An engine gives the steps of a build no limit of processes, so that a role's does not hold there. */
export const BUILD_ROW: Row = parts(BUILD, (query, limits) => {
  const asHost = Object.fromEntries(Object.entries(QUERY_OF).map(([field, name]) => [field, query[name] === undefined ? undefined : Number(query[name])]))
  const most = maxima(asHost, { ...limits, pids: undefined }).map(violation => ({ ...violation, at: violation.at.map(name => QUERY_OF[name] ?? 'cpuquota') }))
  return [...most, ...from(limits)]
})

/** BuildKit gives steps no limits at all: a role that has some has the classic builder. */
export const BUILDKIT_ROW: Row = parts({ ...BUILD, buildargs: limited('frontends', refuseArguments) }, (_query, limits) => {
  const most = (['memoryBytes', 'cpus'] as const).filter(limit => limits[limit]?.max !== undefined).map((limit): Violation =>
    ({ limit, at: ['builder'], message: 'must be "classic": BuildKit gives the steps of a build no limits, and your grant has one' }))
  return [...most, ...from(limits)]
})
