import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ndjson, type Client } from '../support/client.js'
import { image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const gateway = await startGateway(t, { environment: { CAISSON_STREAMS_PER_USER: '20' } })
const { admin, nobody, services, spies } = gateway
const PASSWORD = 'correct horse battery eve'
let made = 0

async function run (t: Test): Promise<string> {
  const { body } = await admin.post('/hosts/local/containers/run', { image, name: `open-${process.pid}-${made++}`, command: ['sh', '-c', 'echo up; sleep 600'] })
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${body.id}?force=true`))
  return body.id as string
}

/** Somebody else who may do everything, freshly signed in. */
async function someone (t: Test): Promise<{ id: string, client: Client }> {
  const username = `eve-${made++}`
  const { id } = await services.users.create({ username, password: PASSWORD, admin: true })
  t.teardown(async () => { await services.users.remove(id).catch(() => {}) })
  return { id, client: await nobody.signIn(username, PASSWORD) }
}

interface Ended { readonly last: { type: string, reason?: string, problem?: { code: string } }, readonly code?: number, readonly reason?: string }

/** The same log by every way there is; each with how it ended. */
async function openAll (client: Client, user: string, id: string) {
  const path = `/hosts/local/containers/${id}/logs?follow=true`
  const opened: Array<Promise<unknown>> = []
  const http = async (accept: string, lastOf: (text: string) => Ended['last']): Promise<Ended> => {
    const response = client.fetch(client.address(path), { headers: { accept } })
    opened.push(response)
    return { last: lastOf(await (await response).text()) }
  }
  const socket = client.socket(path)
  opened.push(once(socket, 'open'))
  const messages: Array<Ended['last']> = []
  socket.on('message', data => { messages.push(JSON.parse(String(data))) })
  const overSocket = once(socket, 'close').then(([code, reason]) => ({ last: messages.at(-1) as Ended['last'], code: code as number, reason: String(reason) }))
  const subscriptions = client.subscriptions({ stays: true })
  const graphqlClosed = new Promise<number>(resolve => { subscriptions.on('closed', event => { resolve((event as { code: number }).code) }) })
  const overGraphql = (async (): Promise<Ended> => {
    let last: unknown
    const query = `subscription { containerLogs(host: "local", id: "${id}", follow: true) { ... on LogEvent { type } ... on EndEvent { type reason } ... on ErrorEvent { type problem { code } } } }`
    try { for await (const { data } of subscriptions.iterate({ query })) last = data?.containerLogs } catch { /* the close says it */ }
    return { last: last as Ended['last'] }
  })()
  const overHttp = [http('application/x-ndjson', text => ndjson(text).at(-1)), http('text/event-stream', text => JSON.parse(/data: (.*)\n\n$/.exec(text)?.[1] ?? 'null'))]
  await Promise.all(opened)
  for (let tries = 0; services.streams.openTo(user) < 4 && tries < 400; tries++) await sleep(25)
  return {
    ended: Promise.all([...overHttp, overSocket, overGraphql]),
    graphqlClosed,
    dispose: async () => { await subscriptions.dispose() }
  }
}

const within = (begun: number) => (performance.now() - begun) / 1000

t.test('a session that ends takes its streams along, over every surface', async t => {
  const id = await run(t)
  const ways: Record<string, (client: Client, user: string) => Promise<unknown>> = {
    logout: async client => await client.post('/auth/logout'),
    disabled: async (_, user) => await admin.patch(`/users/${user}`, { disabled: true }),
    removed: async (_, user) => await admin.delete(`/users/${user}`),
    'a new password': async (_, user) => await admin.patch(`/users/${user}`, { password: `${PASSWORD} 2` })
  }
  await Promise.all(Object.entries(ways).map(async ([how, end]) => {
    const { id: user, client } = await someone(t)
    const { ended, graphqlClosed, dispose } = await openAll(client, user, id)
    const begun = performance.now()
    await end(client, user)
    for (const { last, code, reason } of await ended) {
      t.match(last, { type: 'error', problem: { code: 'unauthenticated' } }, how)
      if (code !== undefined) t.same([code, reason], [4401, 'unauthenticated'])
    }
    t.equal(await graphqlClosed, 4401)
    t.ok(within(begun) < 5, 'within five seconds')
    await dispose()
  }))
  await services.journal.flush()
  const { body } = await admin.get('/audit?operation=container.logs&limit=4')
  for (const item of body.items) t.match(item, { stage: 'completed', decision: { effect: 'deny', rule: 'session-ended' }, outcome: { code: 'unauthenticated', end: 'error' } })
  for (let tries = 0; services.hosts.get('local').containers.feeds.logs > 0 && tries < 100; tries++) await sleep(20)
  t.equal(services.hosts.get('local').containers.feeds.logs, 0, 'the engine is let go of')
})

t.test('rights that are withdrawn end the stream as revoked', async t => {
  const id = await run(t)
  const { id: user, client } = await someone(t)
  const { ended, dispose } = await openAll(client, user, id)
  await admin.patch(`/users/${user}`, { admin: false })
  for (const { last, code, reason } of await ended) {
    t.same(last, { type: 'end', reason: 'revoked' })
    if (code !== undefined) t.same([code, reason], [4403, 'forbidden'])
  }
  t.equal((await client.get('/auth/me')).status, 200, 'the session goes on')
  await dispose()
})

t.test('a ticket\'s stream ends with the session that it was made in', async t => {
  const id = await run(t)
  const { client } = await someone(t)
  const { body: { url } } = await client.post('/tickets', { operation: 'container.logs', input: { host: 'local', id, follow: true } })
  const response = await fetch(new URL(url as string, gateway.url))
  const rest = response.text()
  await client.post('/auth/logout')
  t.match(ndjson(await rest).at(-1), { type: 'error', problem: { code: 'unauthenticated' } })
})

t.test('a user has so many streams and no more', async t => {
  const id = await run(t)
  const { client } = await someone(t)
  const path = `/hosts/local/containers/${id}/logs?follow=true`
  const sockets = Array.from({ length: 20 }, () => client.socket(path))
  await Promise.all(sockets.map(async socket => await once(socket, 'open')))
  spies.local.reset()
  t.match(await client.follow(path), { code: 429, reason: 'rate-limited', messages: [] })
  const refused = await client.get(path)
  t.match(refused, { status: 429, body: { code: 'rate-limited', detail: /20 streams open/ } })
  t.match(refused.headers.get('retry-after'), /^\d+$/)
  t.notOk(spies.local.requests.some(({ url }) => url.includes('/logs')), 'the engine is not asked for it')
  t.equal((await admin.get(`/hosts/local/containers/${id}/logs`)).status, 200, 'nobody else notices')
  sockets[0]?.close()
  await once(sockets[0] as NonNullable<typeof sockets[0]>, 'close')
  let status = 429
  for (let tries = 0; status === 429 && tries < 100; tries++) {
    status = (await client.get(`/hosts/local/containers/${id}/logs`)).status
    await sleep(20)
  }
  t.equal(status, 200)
  for (const socket of sockets) socket.terminate()
})

t.test('each end has a message and a close code of its own', async t => {
  const remove = await run(t)
  const removed = await admin.follow(`/hosts/local/containers/${remove}/logs?follow=true`, ({ type }) => {
    if (type === 'log') void admin.delete(`/hosts/local/containers/${remove}?force=true`)
  })
  // An engine may tell that it exited before it is gone.
  t.ok([4404, 1000].includes(removed.code))
  t.match(removed.messages.at(-1), removed.code === 4404 ? { type: 'end', reason: 'removed' } : { type: 'end', reason: 'exited' })
  const id = await run(t)
  const socket = admin.socket(`/hosts/local/containers/${id}/logs?follow=true`)
  await once(socket, 'open')
  socket.send('x'.repeat(1024 * 1024 + 1))
  t.equal((await once(socket, 'close'))[0], 1009, 'a frame over 1 MiB')
  const other = await startGateway(t)
  const ending = other.admin.follow(`/hosts/local/containers/${id}/logs?follow=true`, ({ type }) => { if (type === 'log') void other.end() })
  const { code, reason, messages } = await ending
  t.same([code, reason, messages.at(-1)], [1012, 'shutdown', { type: 'end', reason: 'shutdown' }])
})

t.test('a stream of rows ends with any change of the rights that its rows were chosen by', async t => {
  const username = `eve-${made++}`
  const { id } = await services.users.create({ username, password: PASSWORD })
  t.teardown(async () => { await services.users.remove(id) })
  const grant = async (team: string): Promise<string> => (await admin.post('/grants', { user: username, role: 'viewer', hosts: ['*'], match: { labels: { team } } })).body.id
  await grant('blue')
  const red = await grant('red')
  const client = await nobody.signIn(username, PASSWORD)
  const response = await client.fetch(client.address('/events'))
  t.equal(response.status, 200)
  t.equal((await admin.delete(`/grants/${red}`)).status, 204)
  t.same(ndjson(await response.text()).at(-1), { type: 'end', reason: 'revoked' })
})
