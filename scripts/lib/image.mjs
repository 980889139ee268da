// @ts-check
import { ask, call } from './api.mjs'
import { Fault, tail } from './fault.mjs'
import { machine, shellFiles } from './shell.mjs'
import { tar } from './tar.mjs'

/**
 * Makes a small image with a shell in an engine, without a registry.
 * @param {import('./api.mjs').Engine} engine
 * @param {string} reference
 * @param {{ labels?: Record<string, string>, say?: (text: string) => void }} [options]
 * @returns {Promise<string>} the image's id
 */
export async function importImage (engine, reference, { labels = {}, say } = {}) {
  await checkPlatform(engine)
  const changes = [...Object.entries(labels).map(([key, value]) => `LABEL ${key}=${value}`), 'CMD ["sh"]']
  return importTar(engine, reference, tar(await shellFiles(say)), changes)
}

/**
 * @param {import('./api.mjs').Engine} engine
 * @param {string} reference
 * @param {Buffer} archive a root file system
 * @param {string[]} [changes] lines of a Dockerfile
 */
export async function importTar (engine, reference, archive, changes = []) {
  const [repo = '', tag = 'latest'] = reference.split(/:(?=[^/]*$)/)
  const query = new URLSearchParams({ fromSrc: '-', repo, tag })
  for (const change of changes) query.append('changes', change)
  const upload = () => call(engine, 'POST', `/images/create?${query}`, { body: archive, type: 'application/x-tar' })
  // An engine that has just started breaks the first upload off now and then, on a busy machine, without a word in its log.
  const { status, text } = await upload().catch(upload)
  if (status !== 200 || text.includes('"error"')) throw new Fault(`The engine would not import ${reference} (${status}): ${tail(text)}`)
  return (await ask(engine, 'GET', `/images/${encodeURIComponent(reference)}/json`)).Id
}

/**
 * Programs of this machine are of no use to an engine on another kind.
 * @param {import('./api.mjs').Engine} engine
 */
async function checkPlatform (engine) {
  const { Os: system, Arch: architecture } = await ask(engine, 'GET', '/version')
  const here = await machine()
  if (system === 'linux' && architecture === here) return
  throw new Fault(`The engine runs ${system}/${architecture}, this machine is ${process.platform}/${here}, so no image can be made for it here. Name one that it already has: CAISSON_DEMO_IMAGE=alpine npm run demo`)
}
