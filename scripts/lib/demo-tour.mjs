// @ts-check
import { randomBytes } from 'node:crypto'
import { removeContainer } from './api.mjs'
import { onExit } from './cleanup.mjs'
import { LABEL } from './demo-engine.mjs'
import { Fault, tail } from './fault.mjs'

/** @typedef {import('./demo-gateway.mjs').Gateway} Gateway */
/** @typedef {{ id: string, name: string }} Container */

const SCRIPT = 'i=1; while [ $i -le 3 ]; do echo "line $i from inside the container"; i=$((i+1)); sleep 0.3; done; echo "and now it waits"; sleep 86400'
const LAST_LINE = 'and now it waits'

/**
 * The main job, from signing in to the journal, each step on the surface that suits it.
 * @param {Gateway} gateway
 * @param {import('./api.mjs').Engine} engine only to remove at the end what was made here
 * @param {string} image
 * @returns {Promise<Container>}
 */
export async function tour (gateway, engine, image) {
  const token = await signIn(gateway)
  const container = await runContainer(gateway, token, engine, image)
  await listContainers(gateway, token, container)
  await followLog(gateway, token, container)
  await showJournal(gateway, token)
  return container
}

/** @param {Gateway} gateway */
async function signIn (gateway) {
  title('sign in', 'POST /api/v1/auth/login')
  const { accessToken, expiresIn } = await send(gateway, 'POST', '/api/v1/auth/login', { username: 'admin', password: gateway.password })
  print(`admin has a token, good for ${expiresIn} seconds`)
  return /** @type {string} */ (accessToken)
}

/**
 * @param {Gateway} gateway
 * @param {string} token
 * @param {import('./api.mjs').Engine} engine
 * @param {string} image
 * @returns {Promise<Container>}
 */
async function runContainer (gateway, token, engine, image) {
  title('run a container', 'REST: POST /api/v1/hosts/local/containers/run')
  const name = `caisson-demo-${randomBytes(3).toString('hex')}`
  const container = await send(gateway, 'POST', '/api/v1/hosts/local/containers/run', { image, name, command: ['sh', '-c', SCRIPT], labels: { [LABEL]: 'true' } }, token)
  onExit(() => removeContainer(engine, container.id))
  print(`${container.name}  ${container.id.slice(0, 12)}`)
  return container
}

/**
 * @param {Gateway} gateway
 * @param {string} token
 * @param {Container} container
 */
async function listContainers (gateway, token, container) {
  title('list containers', 'GraphQL: POST /graphql')
  const query = '{ containers(host: ["local"]) { items { containerId name state image } errors { host code } } }'
  const { data, errors } = await send(gateway, 'POST', '/graphql', { query }, token)
  if (errors) throw new Fault(`GraphQL answered: ${JSON.stringify(errors)}`)
  const { items } = data.containers
  for (const item of items) print(`${item.name}  ${item.state}  ${item.image}${item.containerId === container.id ? '   <- ours' : ''}`)
  if (!items.some((/** @type {{ containerId: string }} */ item) => item.containerId === container.id)) throw new Fault('The list lacks the container that was just started.')
}

/**
 * @param {Gateway} gateway
 * @param {string} token
 * @param {Container} container
 */
async function followLog (gateway, token, container) {
  const path = `/api/v1/hosts/local/containers/${container.id}/logs?follow=true`
  title('follow its log', `WebSocket: ${path.replace(container.id, container.name)}`)
  const { WebSocket } = await import('ws')
  const socket = new WebSocket(`${gateway.address.replace(/^http/, 'ws')}${path}`, { headers: { authorization: `Bearer ${token}` } })
  const timer = setTimeout(() => socket.terminate(), 20_000)
  let seen = false
  socket.on('message', data => {
    const message = JSON.parse(String(data))
    print(message.type === 'log' ? `${message.time}  ${message.stream}  ${message.text.trimEnd()}` : JSON.stringify(message))
    seen ||= message.text?.trimEnd() === LAST_LINE
    if (seen || message.type === 'end' || message.type === 'error') socket.close()
  })
  socket.on('error', error => print(error.message))
  await new Promise(resolve => socket.on('close', resolve))
  clearTimeout(timer)
  if (!seen) throw new Fault('The log did not bring what the container printed.')
}

/**
 * @param {Gateway} gateway
 * @param {string} token
 */
async function showJournal (gateway, token) {
  title('read the journal', 'REST: GET /api/v1/audit')
  const { items } = await send(gateway, 'GET', '/api/v1/audit?limit=10', undefined, token)
  for (const item of items.reverse()) print(journalLine(item))
}

/**
 * A record has more in it than a line has room for: who did what to what, and how it ended.
 * @param {{ time: string, operation?: string, host?: string, actor?: { username?: string }, target?: { name?: string }, input?: { username?: string }, outcome?: { code?: string, end?: string } }} item
 */
function journalLine ({ time, operation, host, actor, target, input, outcome }) {
  const who = actor?.username ?? input?.username ?? 'nobody'
  return [time, who, (operation ?? '-').padEnd(14), (host ?? '-').padEnd(5), (target?.name ?? '-').padEnd(20), outcome?.code ?? outcome?.end ?? 'under way'].join('  ')
}

/**
 * @param {Gateway} gateway
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {string} [token]
 */
async function send (gateway, method, path, body, token) {
  const headers = { ...(body !== undefined && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(`${gateway.address}${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(30_000) })
  const text = await answer.text()
  if (!answer.ok) throw new Fault(`${method} ${path} answered ${answer.status}: ${tail(text)}\nThe gateway's log:\n${tail(gateway.log(), 10)}`)
  return JSON.parse(text)
}

let step = 0
/**
 * @param {string} what
 * @param {string} how
 */
const title = (what, how) => console.log(`\n${++step}. ${what}   (${how})`)

/** @param {string} text */
const print = text => console.log(`   ${text}`)

/**
 * @param {Gateway} gateway
 * @param {Container} container
 * @param {string} image
 */
export function farewell ({ address, password }, { name }, image) {
  return `
Caisson keeps serving at ${address} until Ctrl-C, which also removes ${name} and whatever else this demo made.

Sign in as admin with the password ${password}; then try:

  TOKEN=$(curl -s ${address}/api/v1/auth/login -H 'content-type: application/json' \\
    -d '{"username":"admin","password":"${password}"}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')

  curl -s ${address}/api/v1/hosts/local/containers/${name} -H "authorization: Bearer $TOKEN"
  curl -N "${address}/api/v1/hosts/local/containers/${name}/logs?follow=true" -H "authorization: Bearer $TOKEN"
  curl -s ${address}/api/v1/hosts/local/containers/run -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
    -d '{"image":"${image}","command":["echo","hello"],"wait":true,"remove":true}'
  curl -s ${address}/graphql -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
    -d '{"query":"{ containers { items { name state image } errors { host code } } }"}'
  curl -s "${address}/api/v1/audit?limit=5" -H "authorization: Bearer $TOKEN"

In a browser: ${address}/examples/ (containers, a terminal, the live log), ${address}/docs and ${address}/graphiql
`
}
