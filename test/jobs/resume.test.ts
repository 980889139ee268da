import t from 'tap'
import { ndjson, type Client } from '../support/client.js'
import { privateEngine } from '../support/engines.js'
import { context } from '../support/examples.js'
import { startGateway } from '../support/gateway.js'
import { leaveAfter, soon } from '../support/leaving.js'

const engine = await privateEngine(t)
const gateway = await startGateway(t, { engines: [engine, engine] })
const { admin } = gateway

interface Told { readonly type: string, readonly cursor?: string, readonly text?: string }

/** A build that tells many lines, the last ones a while later. */
async function begin (client: Client): Promise<string> {
  const lines = 'for i in $(seq 1 400); do echo "line $i"; done; sleep 6; for i in $(seq 401 420); do echo "line $i"; done'
  const { body } = await client.upload('POST', '/hosts/local/images/build?noCache=true', new Uint8Array(context(`FROM ${engine.image}\nRUN ${lines}\n`)), { prefer: 'respond-async' })
  return body.id
}

const everything = async (id: string): Promise<Told[]> => ndjson((await admin.get(`/jobs/${id}/events`)).text)
const cursors = (events: readonly Told[]) => events.flatMap(({ cursor }) => cursor ?? [])
/** As many as `count`, and then away. */
const firstOf = (events: readonly Told[], count = 150) => events.slice(0, count)

/** How each surface reads the events of a job behind a cursor, up to the end or until it has read enough. */
const SURFACES: Readonly<Record<string, (id: string, after?: string, enough?: number) => Promise<Told[]>>> = {
  async ndjson (id, after, enough) {
    const path = `/jobs/${id}/events${after === undefined ? '' : `?after=${after}`}`
    if (enough === undefined) return ndjson((await admin.get(path)).text)
    const text = await leaveAfter(admin, 'GET', path, text => text.split('\n').length > enough)
    return firstOf(ndjson(text.slice(0, text.lastIndexOf('\n'))), enough)
  },
  async sse (id, after, enough) {
    const headers: Record<string, string> = { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) }
    const path = `/jobs/${id}/events`
    const text = enough === undefined ? (await admin.get(path, headers)).text : await leaveAfter(admin, 'GET', path, text => text.split('\n\n').length > enough, { headers })
    const events = text.split('\n\n').slice(0, -1).map(part => ({ part, event: JSON.parse(/^data: (.*)$/m.exec(part)?.[1] ?? '') as Told }))
    for (const { part, event } of events) if (event.cursor !== undefined) t.match(part, new RegExp(`^id: ${event.cursor}$`, 'm'))
    return firstOf(events.map(({ event }) => event), enough ?? Infinity)
  },
  async websocket (id, after, enough = Infinity) {
    const { messages } = await admin.follow(`/jobs/${id}/events${after === undefined ? '' : `?after=${after}`}`, (message, socket) => {
      if (Number(message.cursor ?? 0) - Number(after ?? 0) >= enough) socket.terminate()
    })
    return firstOf(messages, enough)
  },
  async subscription (id, after, enough = Infinity) {
    const client = admin.subscriptions()
    const query = `subscription { jobEvents(id: "${id}"${after === undefined ? '' : `, after: "${after}"`}) { ... on StreamEvent { type } ... on JobStepEvent { text cursor } ... on JobProgressEvent { cursor } } }`
    const events: Told[] = []
    for await (const { data } of client.iterate<{ jobEvents: Told }>({ query })) {
      events.push(data?.jobEvents as Told)
      if (events.length >= enough) break
    }
    await client.dispose()
    return events
  }
}

t.test('a reader that comes back goes on where it was, without a gap or a repeat, while the job runs and behind its end', async t => {
  const id = await begin(admin)
  const firsts = await Promise.all(Object.values(SURFACES).map(async read => await read(id, undefined, 150)))
  t.match((await admin.get(`/jobs/${id}`)).body, { state: 'running' }, 'all of them came back while it ran')
  const rests = await Promise.all(Object.values(SURFACES).map(async (read, at) => await read(id, firsts[at]?.at(-1)?.cursor)))
  const whole = await everything(id)
  t.same(whole.filter(({ text = '' }) => /^line \d+$/.test(text)).map(({ text }) => text), Array.from({ length: 420 }, (_, at) => `line ${at + 1}`), 'all lines, each once')
  const behind = await Promise.all(Object.values(SURFACES).map(async (read, at) => await read(id, firsts[at]?.at(-1)?.cursor)))
  for (const [at, surface] of Object.keys(SURFACES).entries()) {
    const first = firsts[at] ?? []
    t.equal(first.length, 150, surface)
    t.same(cursors([...first, ...rests[at] ?? []]), cursors(whole), `${surface}: while it ran`)
    t.same(cursors([...first, ...behind[at] ?? []]), cursors(whole), `${surface}: behind its end`)
    t.equal(rests[at]?.at(-1)?.type, 'end', surface)
  }
  const last = cursors(whole).at(-1) ?? ''
  t.match(await SURFACES.ndjson?.(id, last), [{ type: 'end', reason: 'complete' }])
  t.equal((await admin.get(`/jobs/${id}/events`, { 'last-event-id': 'end' })).status, 204, 'an EventSource that has seen the end stops')
  t.match(await admin.get(`/jobs/${id}/events?after=${Number(last) + 1}`), { status: 400, body: { errors: [{ path: '/after' }] } })
  t.match(await admin.get(`/jobs/${id}/events?after=x`), { status: 400, body: { errors: [{ path: '/after' }] } })
})

t.test('a job is kept behind its end for as long as the settings say', async t => {
  const short = await startGateway(t, { engines: [engine, engine], environment: { CAISSON_JOB_RETENTION: '3s' } })
  const { body: { id } } = await short.admin.send('POST', '/hosts/local/images/pull', { reference: 'localhost:9/nothing:1' }, { prefer: 'respond-async' })
  t.match(ndjson((await short.admin.get(`/jobs/${id}/events`)).text).at(-1), { type: 'error', problem: { code: 'engine-error' } })
  t.match(await short.admin.get(`/jobs/${id}`), { status: 200, body: { state: 'failed' } })
  const gone = async () => (await short.admin.get(`/jobs/${id}`)).status === 404
  t.ok(await soon(gone) || await soon(gone) || await soon(gone) || await soon(gone))
  t.match(await short.admin.get(`/jobs/${id}/events`), { status: 404, body: { detail: `no such job: ${id}` } })
  t.same((await short.admin.get('/jobs')).body, { items: [] })
})
