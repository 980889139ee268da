import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { ndjson } from '../support/client.js'
import { image } from '../support/engines.js'
import { NAMES, accessBed } from './access-bed.js'

const { engine, pat, grant, nothing, gateway: { admin } } = await accessBed(t)

interface Event { readonly type: string, readonly kind: string, readonly action: string, readonly id: string, readonly name?: string }
const ACTIONS = ['pause', 'create', 'connect', 'tag', 'exec_create', 'destroy']
const LAST = 'events-last'

/** Something of each kind, of one's own, of the team's and of a stranger's; the last of it is seen by all. */
async function happen (): Promise<void> {
  for (const whose of ['own', 'shared', 'foreign'] as const) {
    const { container, network, image: name } = NAMES[whose]
    await call(engine, 'POST', `/containers/${container}/pause`)
    await call(engine, 'POST', `/containers/${container}/unpause`)
    await ask(engine, 'POST', `/containers/${container}/exec`, { json: { Cmd: ['echo', 'canary-of-the-exec'] } })
    await call(engine, 'POST', `/networks/${network}/connect`, { json: { Container: container } })
    await call(engine, 'POST', `/networks/${network}/disconnect`, { json: { Container: container } })
    const [repo = '', tag = ''] = name.split(':')
    await call(engine, 'POST', `/images/${name}/tag?${new URLSearchParams({ repo, tag })}`)
    await ask(engine, 'POST', '/volumes/create', { json: { Name: `events-${whose}`, Labels: { team: 'access-blue' } } })
    await call(engine, 'DELETE', `/volumes/events-${whose}`)
  }
  await ask(engine, 'POST', `/containers/create?name=${LAST}`, { json: { Image: image, Cmd: ['true'], Labels: { team: 'access-blue' } } })
  await call(engine, 'DELETE', `/containers/${LAST}`)
}

/** What pat hears of that, over both surfaces; with what was the last. */
async function heard (): Promise<string[][]> {
  // Who begins to listen is told what happened within the same second as well: that is not to be what came before.
  await sleep(1500)
  const begun = new Date().toISOString()
  const socket = pat.socket('/hosts/local/events')
  const live: Event[] = []
  socket.on('message', data => { live.push(JSON.parse(String(data)) as Event) })
  await once(socket, 'open')
  await happen()
  const whole = await admin.get(`/hosts/local/events?since=${begun}&until=1ms&container=${LAST}`)
  t.match(whole.text, /"destroy"/)
  const { text } = await pat.get(`/hosts/local/events?since=${begun}&until=1ms`)
  const past = ndjson(text) as Event[]
  // Alive to the same point: a reader of the same feed hears in the same order.
  const events = past.filter(({ type }) => type === 'event')
  while (live.length < events.length) await once(socket, 'message')
  socket.close()
  return [events, live].map(list => list.filter(({ type, action }) => type === 'event' && ACTIONS.includes(action)).map(({ kind, action, id, name }) => `${kind} ${action} ${name ?? id}`))
}

/** An image of one's own, or of nobody's, is there for whoever has a grant that speaks of images. */
const OWN_IMAGE = `image tag ${NAMES.own.image}`
const of = (...whose: Array<keyof typeof NAMES>) => whose.flatMap(one => [`container pause ${NAMES[one].container}`, `container exec_create ${NAMES[one].container}`])

t.test('by a label: containers that have it, and nothing of what engines say no label of', async t => {
  await nothing()
  await grant({ role: 'viewer', match: { labels: { team: 'access-blue' } } })
  for (const list of await heard()) t.same(list, [OWN_IMAGE, ...of('shared'), `image tag ${NAMES.shared.image}`, `container create ${LAST}`, `container destroy ${LAST}`])
})

t.test('by the owner: one\'s own', async t => {
  await nothing()
  await grant({ role: 'viewer', match: { owner: 'self' } })
  for (const list of await heard()) t.same(list, [...of('own'), OWN_IMAGE])
})

t.test('by names: networks and volumes are known by theirs as well', async t => {
  await nothing()
  await grant({ role: 'viewer', match: { names: ['caisson-access-foreign', 'events-shared'] } })
  for (const list of await heard()) t.same(list, [OWN_IMAGE, 'volume create events-shared', 'volume destroy events-shared', ...of('foreign'), `network connect ${NAMES.foreign.network}`])
})

t.test('without a match: everything', async t => {
  await nothing()
  await grant({ role: 'viewer' })
  for (const list of await heard()) {
    for (const line of [...of('own', 'shared', 'foreign'), `network connect ${NAMES.foreign.network}`, 'volume create events-foreign', `image tag ${NAMES.foreign.image}`]) t.ok(list.includes(line), line)
  }
})
