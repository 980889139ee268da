// @ts-check
import { request } from 'node:http'
import { once } from 'node:events'
import { Fault, tail } from './fault.mjs'

/** @typedef {{ url: string }} Engine an engine's address: unix:///path or tcp://host:port, without TLS */

/**
 * @typedef {object} Call
 * @property {unknown} [json]
 * @property {Buffer} [body]
 * @property {string} [type] media type of `body`
 * @property {number} [timeoutMs]
 */

/** @param {string} url */
export function address (url) {
  if (url.startsWith('unix://')) return { socketPath: url.slice('unix://'.length) }
  const { hostname, port } = new URL(url.replace(/^tcp:/, 'http:'))
  return { host: hostname, port: port || 2375 }
}

/** A body that goes into the buffers of a socket whole. */
const AT_ONCE_BYTES = 64 * 1024

/**
 * One call to an engine, without any dependency: the scripts need it before anything is installed.
 * @param {Engine} engine
 * @param {string} method
 * @param {string} path
 * @param {Call} [call]
 * @returns {Promise<{ status: number, text: string }>}
 */
export async function call (engine, method, path, { json, body, type, timeoutMs = 60_000 } = {}) {
  const payload = json === undefined ? body : Buffer.from(JSON.stringify(json))
  // An engine that refuses without having read it all closes on the rest, and its words would be lost with the connection.
  const asksFirst = payload !== undefined && payload.length > AT_ONCE_BYTES
  const headers = payload ? { 'content-type': type ?? 'application/json', 'content-length': payload.length, ...(asksFirst && { expect: '100-continue' }) } : {}
  const outgoing = request({ ...address(engine.url), method, path, headers, agent: false, timeout: timeoutMs })
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${timeoutMs} ms`)))
  // Before the answer it is ours to wait for; an engine that answered early may close on the rest of the body.
  outgoing.on('error', () => {})
  if (asksFirst) outgoing.once('continue', () => outgoing.end(payload)).flushHeaders()
  else outgoing.end(payload)
  try {
    const [response] = await once(outgoing, 'response')
    const chunks = []
    for await (const chunk of response) chunks.push(chunk)
    return { status: response.statusCode, text: Buffer.concat(chunks).toString() }
  } catch (error) {
    throw new Fault(`The engine broke off ${method} ${path}: ${error instanceof Error ? error.message : error}`)
  } finally {
    outgoing.destroy()
  }
}

/**
 * The same, for a call that has to succeed and answers JSON or nothing.
 * @param {Engine} engine
 * @param {string} method
 * @param {string} path
 * @param {Call} [options]
 */
export async function ask (engine, method, path, options) {
  const { status, text } = await call(engine, method, path, options)
  if (status >= 400) throw new Fault(`The engine refused ${method} ${path} (${status}): ${tail(text)}`)
  return text === '' ? undefined : JSON.parse(text)
}

/** @param {Engine} engine */
export async function answers (engine) {
  try {
    return (await call(engine, 'GET', '/_ping', { timeoutMs: 2000 })).status === 200
  } catch {
    return false
  }
}

/**
 * @param {Engine} engine
 * @param {string} reference
 */
export async function hasImage (engine, reference) {
  return (await call(engine, 'GET', `/images/${encodeURIComponent(reference)}/json`)).status === 200
}

/**
 * @param {Engine} engine
 * @param {string} id
 */
export async function removeContainer (engine, id) {
  const { status, text } = await call(engine, 'DELETE', `/containers/${id}?force=true&v=true`)
  if (status >= 400 && status !== 404) throw new Fault(`The engine would not remove container ${id}: ${tail(text)}`)
}

/** @param {Engine} engine */
export async function removeAllContainers (engine) {
  const containers = /** @type {{ Id: string }[]} */ (await ask(engine, 'GET', '/containers/json?all=true'))
  await Promise.all(containers.map(container => removeContainer(engine, container.Id)))
}
