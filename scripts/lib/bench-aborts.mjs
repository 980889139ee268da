// What becomes of a transfer that its client breaks off: how soon the engine lets go, and what it keeps. For the benchmark.
import { createReadStream, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './api.mjs'

/** So much has moved when the client leaves. */
const MOVED_BYTES = 64 * 1024 ** 2
const CHUNK_BYTES = 1024 ** 2
/** Nothing of a call that is over takes longer. */
const GIVEN_MS = 30_000

/** @typedef {import('./bench-transfers.mjs').Transfer} Transfer */
/** @typedef {import('node:http').RequestOptions} Target */
/** @typedef {(target: Target, method: string, body?: import('node:stream').Readable) => { outgoing: import('node:http').ClientRequest, answer: Promise<import('node:http').IncomingMessage> }} Open */

/**
 * @param {{ url: string, socketPath: string }} engine one that runs on this machine
 * @param {Transfer} transfer
 * @param {Target} target
 * @param {Open} open
 * @returns {Promise<{ ms: number, left: string[] }>} until the engine has as many connections as before, and what it has more of than before
 */
export async function abort (engine, transfer, target, open) {
  const [before, images, containers] = [connectionsOf(engine), await ids(engine, '/images/json?all=true'), await ids(engine, '/containers/json?all=true')]
  const { outgoing, answer } = open(target, transfer.method, transfer.file === undefined ? undefined : createReadStream(transfer.file, { highWaterMark: CHUNK_BYTES }))
  answer.catch(() => {})
  await moved(outgoing, answer, transfer.file !== undefined)
  const begun = performance.now()
  outgoing.destroy()
  while (connectionsOf(engine) > before && performance.now() - begun < GIVEN_MS) await sleep(5)
  const ms = performance.now() - begun
  const more = [...await ids(engine, '/images/json?all=true'), ...await ids(engine, '/containers/json?all=true')].filter(id => !images.includes(id) && !containers.includes(id))
  return { ms, left: more }
}

/** Downloads are read no faster than they are looked at: a client that leaves in the middle, not behind the end. @param {import('node:http').ClientRequest} outgoing @param {Promise<import('node:http').IncomingMessage>} answer @param {boolean} isUpload */
async function moved (outgoing, answer, isUpload) {
  if (isUpload) {
    while ((outgoing.socket?.bytesWritten ?? 0) < MOVED_BYTES) await sleep(2)
    return
  }
  let bytes = 0
  for await (const chunk of await answer) {
    bytes += chunk.length
    if (bytes >= MOVED_BYTES) return
  }
}

/** An accepted connection has the path of the socket, and is listed where its client is. @param {{ socketPath: string }} engine */
const connectionsOf = ({ socketPath }) => readFileSync('/proc/net/unix', 'utf8').split('\n').filter(line => line.endsWith(` ${socketPath}`)).length

/** @param {{ url: string }} engine @param {string} path @returns {Promise<string[]>} */
async function ids (engine, path) {
  return (await ask(engine, 'GET', path)).map((/** @type {{ Id: string }} */ { Id }) => Id)
}
