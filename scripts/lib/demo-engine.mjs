// @ts-check
import { call, hasImage } from './api.mjs'
import { onExit } from './cleanup.mjs'
import { isDebian, systemName } from './debian.mjs'
import { canStartEngine, ensureEngine, startEngine } from './engine.mjs'
import { existingEngine } from './existing-engine.mjs'
import { Fault } from './fault.mjs'
import { importImage } from './image.mjs'
import { which } from './command.mjs'

/** @typedef {import('./api.mjs').Engine} Engine */

/** Not below `dev.caisson.`: those labels are the gateway's, and refused from callers. */
export const LABEL = 'caisson-demo'
const IMAGE = 'caisson-demo/busybox:latest'

/**
 * The engine of this machine if it answers, else a private one.
 * @param {(text: string) => void} say
 * @returns {Promise<Engine>}
 */
export async function demoEngine (say) {
  const found = await existingEngine()
  if (found) {
    say(`using the Docker Engine at ${found.url}`)
    return found
  }
  if (!canStartEngine() || !(which('dockerd') || isDebian())) throw new Fault(advice())
  await ensureEngine(say)
  const engine = await startEngine({ name: 'demo' })
  onExit(engine.stop)
  say(`no Docker Engine answered, so a private one was started at ${engine.url}`)
  return engine
}

function advice () {
  const where = process.env.DOCKER_HOST ? `at DOCKER_HOST (${process.env.DOCKER_HOST})` : 'at the default socket'
  const how = isDebian() ? 'Run: sudo apt-get install docker.io, and be a member of the group docker; or run this as root' : `Install and start Docker for ${systemName()}, or set DOCKER_HOST`
  return `No Docker Engine answers ${where}, or you may not open its socket. ${how}.`
}

/**
 * The name of a small image that the engine has: the one named by the person, or one that is made, and removed at the end.
 * @param {Engine} engine
 * @param {(text: string) => void} say
 */
export async function demoImage (engine, say) {
  const named = process.env.CAISSON_DEMO_IMAGE
  if (named) {
    if (await hasImage(engine, named)) return named
    throw new Fault(`The engine has no image called ${named} (CAISSON_DEMO_IMAGE).`)
  }
  const kept = await hasImage(engine, IMAGE)
  if (kept) return IMAGE
  await importImage(engine, IMAGE, { labels: { [LABEL]: 'true' }, say })
  onExit(() => call(engine, 'DELETE', `/images/${encodeURIComponent(IMAGE)}`))
  say(`made the image ${IMAGE}, without a registry`)
  return IMAGE
}
