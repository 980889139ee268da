import { createHash } from 'node:crypto'
import { call } from '../../scripts/lib/api.mjs'
import { tar } from '../../scripts/lib/tar.mjs'
import type { AnyOperation } from '../../src/operation/define.js'
import { ANN_PASSWORD, type Gateway } from './gateway.js'
import { REGISTRY } from './registry.js'

interface Engine { readonly url: string, readonly image: string }

/** What the examples of `image.pull` name. */
export const PULLED = `${REGISTRY}/caisson-test/pulled:latest`

/** What the example of `image.push` names. */
export const PUSHED = `${REGISTRY}/caisson-test/pushed:latest`

/** A root file system with next to nothing in it, for uploads. */
export const archive = (): Buffer => tar([{ path: 'etc' }, { path: 'etc/motd', data: 'hello\n' }])

/** A build context. */
export const context = (dockerfile: string, ...files: Parameters<typeof tar>[0]): Buffer => tar([{ path: 'Dockerfile', data: dockerfile }, ...files])

/** What `docker save` would write of an image with one layer. */
export function savedImage (reference: string): Buffer {
  const layer = archive()
  const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`
  const config = { architecture: 'amd64', os: 'linux', config: { Labels: { made: 'by hand' } }, rootfs: { type: 'layers', diff_ids: [diffId] } }
  const manifest = [{ Config: 'config.json', RepoTags: [reference], Layers: ['layer.tar'] }]
  return tar([{ path: 'manifest.json', data: JSON.stringify(manifest) }, { path: 'config.json', data: JSON.stringify(config) }, { path: 'layer.tar', data: layer }])
}

/** What the example of an upload sends, where any tar would not do. */
export const UPLOADS: Readonly<Record<string, () => Buffer>> = {
  'image.build': () => context('FROM caisson-test/busybox:latest\nRUN echo hello\n'),
  'image.load': () => savedImage('caisson-test/loaded:latest')
}

/**
 * Puts the engine and the store into the state that the examples of the definitions speak of, whatever the last
 * example made of it.
 */
export async function prepare (engine: Engine, { services }: Gateway): Promise<void> {
  await Promise.all([prepareContainers(engine), prepareImages(engine), prepareUsers(services.users)])
}

const asked = async (engine: Engine, method: string, path: string, json?: unknown) => await call(engine, method, path, json === undefined ? {} : { json })

async function prepareContainers (engine: Engine): Promise<void> {
  await Promise.all(['caisson-example', 'caisson-example-created'].map(async name => await asked(engine, 'DELETE', `/containers/${name}?force=true&v=true`)))
  await asked(engine, 'POST', '/containers/create?name=caisson-example', { Image: engine.image, Cmd: ['sh', '-c', 'echo hello; exec sleep 600'], Labels: { team: 'blue' } })
  await asked(engine, 'POST', '/containers/caisson-example/start')
}

async function prepareImages (engine: Engine): Promise<void> {
  await asked(engine, 'POST', `/images/${engine.image}/tag?${new URLSearchParams({ repo: `${REGISTRY}/caisson-test/pushed` })}`)
  for (const image of ['caisson-test/imported:latest', PULLED]) await asked(engine, 'DELETE', `/images/${image}`)
  await call(engine, 'POST', '/images/create?fromSrc=-&repo=caisson-test/imported&tag=latest', { body: archive(), type: 'application/x-tar' })
}

async function prepareUsers (users: Gateway['services']['users']): Promise<void> {
  const bob = await users.byUsername('bob')
  if (bob !== undefined) await users.remove(bob.id)
  if (await users.byUsername('ann') === undefined) await users.create({ username: 'ann', password: ANN_PASSWORD })
}

/** Operations whose example can't succeed as it stands, and why. Whoever adds one says so here. */
export const EXAMPLE_FAILS: Readonly<Record<string, string>> = {
  'session.refresh': 'a refresh token is known to its owner alone'
}

/** Reads whose answer differs from call to call, and why. */
export const CHANGES_BY_READING: Readonly<Record<string, string>> = {
  'audit.list': 'each look at the journal is in the journal'
}

/** What differs from call to call, or from second to second, and says nothing of the surface. */
export const VOLATILE: readonly string[] = ['raw', 'status', 'createdAt', 'startedAt', 'finishedAt', 'pid', 'accessToken', 'refreshToken', 'time', 'cursor', 'seq', 'hash', 'previous', 'requestId', 'durationMs', 'id', 'name', 'displayName', 'deleted', 'untagged', 'reclaimedBytes']

/** The last entry is what `class` says: a read may not be remade, so that nothing but time differs. */
export const isVolatile = (operation: AnyOperation, key: string): boolean =>
  operation.class === 'read' ? VOLATILE.includes(key) && !['id', 'name', 'displayName'].includes(key) : VOLATILE.includes(key)
