// @ts-check
// A private engine for somebody who is not root but has Docker: a privileged container of theirs with an engine inside.
// Only tests come here; theirs is asked for this container alone, and for nothing about what it has.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { address, answers, ask, call, hasImage, removeContainer } from './api.mjs'
import { existingEngine } from './existing-engine.mjs'
import { Fault, tail } from './fault.mjs'
import { until } from './processes.mjs'

/** @typedef {import('./api.mjs').Engine} Engine */

const IMAGE = process.env.CAISSON_TEST_ENGINE_IMAGE ?? 'docker:dind'
const LABEL = 'dev.caisson.test-engine'

// The engine ends when its input does, and that is a connection of ours: it outlives us in no way we could end.
const SCRIPT = 'dockerd-entrypoint.sh dockerd "$@" </dev/null & cat >/dev/null; kill $!; wait $!'

/**
 * @param {import('./engine.mjs').StartOptions} options
 * @returns {Promise<import('./engine.mjs').PrivateEngine>}
 */
export async function startEngineInDocker ({ name = 'engine', tcp, flags = [] }) {
  const outer = await outerEngine()
  if (tcp) throw new Fault('An engine that answers on tcp is started by root only.')
  await ensureImage(outer)
  await sweep(outer)
  const folder = mkdtempSync(join(tmpdir(), 'caisson-inner-'))
  const socketPath = join(folder, 'docker.sock')
  const engine = { url: `unix://${socketPath}` }
  /** @type {string | undefined} */
  let id

  async function stop () {
    if (id) await removeContainer(outer, id)
    rmSync(folder, { recursive: true, force: true })
  }
  async function start () {
    id ??= /** @type {string} */ ((await ask(outer, 'POST', '/containers/create', { json: spec(folder, flags) })).Id)
    await holdInput(outer, id)
    await ask(outer, 'POST', `/containers/${id}/start`)
    if (await until(() => answers(engine), 60_000)) return
    const { text } = await call(outer, 'GET', `/containers/${id}/logs?stdout=1&stderr=1&tail=12`)
    throw new Fault(`A Docker Engine in a container of ${IMAGE} did not start:\n${tail(text, 12)}`)
  }
  /** @param {string} order */
  const tell = async order => { await ask(outer, 'POST', `/containers/${id}/${order}`) }
  await start().catch(async error => {
    await stop()
    throw error
  })
  return { name, kind: /** @type {const} */ ('20.10'), socketPath, ...engine, folder, stop, restart: start, kill: () => tell('kill'), pause: () => tell('pause'), resume: () => tell('unpause') }
}

async function outerEngine () {
  const found = process.platform === 'linux' ? await existingEngine() : undefined
  if (found) return found
  throw new Fault('The tests start Docker Engines of their own. That needs Linux, and either root (sudo npm test) or a Docker Engine that you may use.')
}

/** @param {Engine} outer */
async function ensureImage (outer) {
  if (await hasImage(outer, IMAGE)) return
  const [repository = '', tag = 'latest'] = IMAGE.split(/:(?=[^/]*$)/)
  await call(outer, 'POST', `/images/create?fromImage=${encodeURIComponent(repository)}&tag=${tag}`, { timeoutMs: 600_000 })
  if (!await hasImage(outer, IMAGE)) throw new Fault(`Without root the tests run engines in containers of ${IMAGE}, which could not be pulled. Pull it, name another one (CAISSON_TEST_ENGINE_IMAGE), or run: sudo npm test`)
}

/**
 * Ended ones of an earlier run that had no time to remove them.
 * @param {Engine} outer
 */
async function sweep (outer) {
  const filters = encodeURIComponent(JSON.stringify({ label: [LABEL], status: ['exited', 'dead'] }))
  for (const { Id } of await ask(outer, 'GET', `/containers/json?all=true&filters=${filters}`)) await removeContainer(outer, Id)
}

/**
 * @param {string} folder
 * @param {string[]} flags
 */
function spec (folder, flags) {
  const host = `--host=unix://${join(folder, 'docker.sock')}`
  return {
    Image: IMAGE,
    Entrypoint: ['sh', '-c', SCRIPT, 'sh'],
    // The folder has the same path inside, and the socket a group that we are in.
    Cmd: [host, `--group=${process.getgid?.()}`, '--log-level=warn', '--shutdown-timeout=2', ...flags],
    Env: ['DOCKER_TLS_CERTDIR='],
    Labels: { [LABEL]: 'true' },
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    Volumes: { '/var/lib/docker': {} },
    HostConfig: { Privileged: true, Binds: [`${folder}:${folder}`] }
  }
}

/**
 * @param {Engine} outer
 * @param {string} id
 */
async function holdInput (outer, id) {
  const outgoing = request({ ...address(outer.url), method: 'POST', path: `/containers/${id}/attach?stream=1&stdin=1`, headers: { connection: 'Upgrade', upgrade: 'tcp' }, agent: false })
  outgoing.end()
  const [, socket] = await once(outgoing, 'upgrade')
  socket.on('error', () => {})
  socket.unref()
}
