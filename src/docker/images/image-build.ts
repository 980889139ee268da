import type { Readable } from 'node:stream'
import type { Context } from '../../operation/context.js'
import type { EventStream } from '../../model/streams.js'
import type { Host } from '../../engine/host.js'
import type { Build } from '../../engine/host/image-build.js'
import type { BuildStreamEvent } from '../../engine/models/image-transfers.js'
import { buildQuery, type BuildOptions } from './build-options.js'
import { buildKitQuery, takesBuildKit } from './buildkit-query.js'
import { DockerfileWatch } from './dockerfile-watch.js'

type Caller = Pick<Context, 'access' | 'grant' | 'signal'>

/** What `RUN --mount=type=cache` keeps is named by the Dockerfile, and one name is one folder for all who build on a host. */
const CACHE_NAMESPACE = 'BUILDKIT_CACHE_MOUNT_NS'

/** With either builder. What BuildKit is asked to do beyond a role's limits stands in the Dockerfile as well. */
export async function buildOn (host: Host, context: Readable | undefined, options: BuildOptions, caller: Caller): Promise<EventStream<BuildStreamEvent>> {
  if (options.builder !== 'buildkit') return await host.images.build({ context, ...asEngineTakes(options) }, caller.signal)
  await takesBuildKit(host, options)
  const { options: within, rules } = limited(options, caller)
  return await host.images.build({ context, rules, ...asEngineTakes(within) }, caller.signal)
}

function limited (options: BuildOptions, { access, grant }: Caller): Pick<Build, 'rules'> & { readonly options: BuildOptions } {
  const { actor } = access
  if (actor?.admin === true) return { options }
  if (grant === undefined || actor === null) throw new Error('nothing says within what limits image.build is called')
  const own = { ...options, buildArgs: { ...options.buildArgs, [CACHE_NAMESPACE]: actor.id } }
  if (grant.limits === null) return { options: own }
  return { options: own, rules: { entries: 'inside', watch: new DockerfileWatch(options.dockerfile, grant.limits.frontends) } }
}

/** @throws `invalid-input` for what the builder would not heed */
function asEngineTakes ({ builder, tags, quiet, registryAuth, ...options }: BuildOptions): Omit<Build, 'context'> {
  const query = builder === 'buildkit' ? buildKitQuery({ registryAuth, ...options }) : buildQuery(options)
  return { query, tags, quiet, registryAuth, platform: options.platform }
}
