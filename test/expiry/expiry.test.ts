import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { conflict } from '../../src/lib/errors.js'
import { engines, image } from '../support/engines.js'
import { startGateway, type Gateway } from '../support/gateway.js'

const CONTAINERS = '/hosts/other/containers'
const [, engine] = engines
const sleeper = (name: string, more: object = {}) => ({ image, name, command: ['sleep', '600'], stopTimeoutSeconds: 0, ...more })

const isThere = async (name: string): Promise<boolean> => (await call(engine, 'GET', `/containers/${name}/json`)).status === 200
async function gone (name: string): Promise<void> {
  while (await isThere(name)) await sleep(100)
}

async function expiries ({ services, admin }: Gateway, name: string) {
  await services.journal.flush()
  return (await admin.get(`/audit?operation=container.expire&target=${name}&limit=10`)).body.items
}

t.teardown(async () => {
  for (const { Id } of await ask(engine, 'GET', `/containers/json?all=true&filters=${encodeURIComponent('{"name":["^/expiry-"]}')}`)) await call(engine, 'DELETE', `/containers/${Id}?force=true&v=true`)
})

t.test('what was meant to be temporary goes away: it is stopped and removed, with its volumes, and the journal says why', async t => {
  const gateway = await startGateway(t)
  const { admin } = gateway
  const begun = Date.now()
  const run = await admin.post(`${CONTAINERS}/run`, sleeper('expiry-run', { volumes: ['/data'], restartPolicy: { name: 'always' }, ttlSeconds: 3 }))
  t.equal(run.status, 201)
  const { body: whole } = await admin.get(`${CONTAINERS}/expiry-run`)
  const expiresMs = Date.parse(whole.expiresAt)
  t.ok(expiresMs >= begun + 3000 && expiresMs <= Date.now() + 3000, 'it says until when')
  const { items: [row] } = (await admin.get(`${CONTAINERS}?name=expiry-run`)).body
  t.equal(row.expiresAt, whole.expiresAt, 'and so does the list')
  t.match((await admin.graphql('{ container(host: "other", id: "expiry-run") { expiresAt } }')).data.container, { expiresAt: whole.expiresAt })

  const created = await admin.post(CONTAINERS, sleeper('expiry-paused', { ttlSeconds: 2 }))
  t.equal(created.status, 201)
  await admin.post(`${CONTAINERS}/expiry-paused/start`)
  await admin.post(`${CONTAINERS}/expiry-paused/pause`)
  await admin.post(`${CONTAINERS}/run`, sleeper('expiry-remove', { remove: true, ttlSeconds: 2 }))
  const waited = await admin.post(`${CONTAINERS}/run`, sleeper('expiry-wait', { wait: true, ttlSeconds: 2 }))
  t.match(waited, { status: 201, body: { exitCode: 137 } }, 'whoever waits for it is told how it ended')

  for (const name of ['expiry-run', 'expiry-paused', 'expiry-remove', 'expiry-wait']) await gone(name)
  t.ok(Date.now() >= expiresMs, 'not before its time')
  const [volume] = whole.mounts
  t.equal((await call(engine, 'GET', `/volumes/${volume.name}`)).status, 404, 'its anonymous volume is gone, too')
  for (;;) if ((await expiries(gateway, 'expiry-run'))[0]?.stage === 'completed') break
  const items = await expiries(gateway, 'expiry-run')
  t.equal(items.length, 1, 'one item')
  t.match(items, [{
    stage: 'completed',
    surface: 'internal',
    actor: { id: 'caisson', username: 'caisson', credential: 'internal:time-to-live' },
    host: 'other',
    target: { kind: 'container', id: run.body.id, name: 'expiry-run' },
    input: { expiresAt: whole.expiresAt },
    decision: { effect: 'allow', rule: 'time-to-live' },
    outcome: { end: 'complete' }
  }])
  t.equal(items[0].input.givenBy, (await admin.get(`/audit?operation=container.run&target=${run.body.id}&limit=1`)).body.items[0].id, 'it names the call that gave it its time')
})

t.test('a time to live is renewed from now on, and only where there is one', async t => {
  const gateway = await startGateway(t)
  const { admin } = gateway
  await admin.post(`${CONTAINERS}/run`, sleeper('expiry-renewed', { ttlSeconds: 3 }))
  const renewed = await admin.post(`${CONTAINERS}/expiry-renewed/renew`, { ttlSeconds: 604_800 })
  t.equal(renewed.status, 200)
  t.ok(Math.abs(Date.parse(renewed.body.expiresAt) - Date.now() - 604_800_000) < 60_000, 'a week from now')
  t.equal((await admin.get(`${CONTAINERS}/expiry-renewed`)).body.expiresAt, renewed.body.expiresAt)
  await sleep(4500)
  t.ok(await isThere('expiry-renewed'), 'the time it had at first is over, and it is there')
  await admin.post(`${CONTAINERS}/expiry-renewed/renew`, { ttlSeconds: 1 })
  await gone('expiry-renewed')

  await admin.post(CONTAINERS, sleeper('expiry-endless'))
  t.match(await admin.post(`${CONTAINERS}/expiry-endless/renew`, { ttlSeconds: 60 }), { status: 409, body: { code: 'conflict', detail: /has no time to live/ } })
  t.notOk('expiresAt' in (await admin.get(`${CONTAINERS}/expiry-endless`)).body)
  for (const ttlSeconds of [0, -60, 604_801, 31_536_000, 1.5, '60']) {
    t.match(await admin.post(`${CONTAINERS}/expiry-endless/renew`, { ttlSeconds }), { status: 400, body: { errors: [{ path: '/ttlSeconds' }] } }, `renew ${ttlSeconds}`)
    t.match(await admin.post(`${CONTAINERS}/run`, sleeper('expiry-bad', { ttlSeconds })), { status: 400, body: { errors: [{ path: '/ttlSeconds' }] } }, `run ${ttlSeconds}`)
    t.match(await admin.post(CONTAINERS, sleeper('expiry-bad', { ttlSeconds })), { status: 400 }, `create ${ttlSeconds}`)
  }
  t.notOk(await isThere('expiry-bad'))
})

t.test('what was removed by hand, or never came to be, is forgotten', async t => {
  const gateway = await startGateway(t)
  const { admin, services: { expirations: { store } } } = gateway
  const { body: { id } } = await admin.post(CONTAINERS, sleeper('expiry-hand', { ttlSeconds: 600 }))
  t.type(await store.of({ host: 'other', id }), 'string')
  await admin.delete(`${CONTAINERS}/expiry-hand`)
  t.equal(await store.of({ host: 'other', id }), undefined)

  const { body: past } = await admin.post(CONTAINERS, sleeper('expiry-past', { ttlSeconds: 1 }))
  await ask(engine, 'DELETE', `/containers/${past.id}`)
  while (await store.of({ host: 'other', id: past.id }) !== undefined) await sleep(100)
  t.same(await expiries(gateway, 'expiry-past'), [], 'what is gone is no item of the journal')

  await admin.post(CONTAINERS, sleeper('expiry-taken'))
  t.equal((await admin.post(CONTAINERS, sleeper('expiry-taken', { ttlSeconds: 1 }))).status, 409)
  t.equal((await admin.post(`${CONTAINERS}/run`, { image, name: 'expiry-unstarted', command: ['/no-such-program'], ttlSeconds: 600 })).status, 400)
  t.equal((await store.on('other')).size, 0, 'nothing is kept of a call that was refused')
  await sleep(2000)
  t.ok(await isThere('expiry-taken'), 'and nobody else\'s container goes for it')
})

const kept = await startGateway(t)

t.test('what was made by a call that failed, and could not be removed, goes when its time is over', async t => {
  const { services: { expirations, hosts } } = kept
  const { containers } = hosts.get('other')
  const isThere = async (id: string) => await containers.inspectIfThere(id) !== null
  await t.rejects(expirations.giving({ host: 'other', callId: 'failed', ttlSeconds: 2, isThere }, async there => {
    const { Id } = await containers.create({ name: 'expiry-failed' }, { Image: image, Cmd: ['sleep', '600'] })
    await there?.(Id)
    throw conflict('the start was refused')
  }), { code: 'conflict' })
  t.ok(await expirations.store.find('failed'))
  await gone('expiry-failed')
  await t.rejects(expirations.giving({ host: 'other', callId: 'unseen', ttlSeconds: 600, isThere: async () => { throw conflict('it cannot be looked at') } }, async there => {
    await there?.('0'.repeat(64))
    throw conflict('the start was refused')
  }), { code: 'conflict' })
  t.ok(await expirations.store.find('unseen'), 'where that is not known, it is kept')
})

t.test('what an engine made long behind the call for it goes as well', async () => {
  const { services: { expirations: { store } } } = kept
  await store.insert('late', 'other', Date.now() + 500)
  while (((await store.find('late'))?.tries ?? 0) < 2) await sleep(100)
  await ask(engine, 'POST', '/containers/create?name=expiry-late', { json: { Image: image, Cmd: ['sleep', '600'], Labels: { 'dev.caisson.call': 'late' } } })
  await gone('expiry-late')
  while (await store.find('late') !== undefined) await sleep(100)
})

t.test('a container that would take an hour to stop has thirty seconds', async t => {
  const { admin, spies } = kept
  const { body: { id } } = await admin.post(`${CONTAINERS}/run`, sleeper('expiry-slow', { stopTimeoutSeconds: 3600, ttlSeconds: 1 }))
  const { url } = await spies.other.seen(({ url }) => url.includes(`/${id}/stop`))
  t.equal(new URL(url, 'http://engine').searchParams.get('t'), '30')
  await call(engine, 'DELETE', `/containers/${id}?force=true`)
})

t.test('a host that is down at that moment is tried until it is back, and what a stopped gateway missed is made up for', async t => {
  const first = await startGateway(t)
  await first.admin.post(`${CONTAINERS}/run`, sleeper('expiry-down', { ttlSeconds: 2 }))
  await first.spies.other.down()
  while (!first.logged.some(line => line.includes('could not be removed'))) await sleep(100)
  await first.spies.other.up()
  await gone('expiry-down')
  t.equal((await expiries(first, 'expiry-down')).length, 1, 'the tries that found no host are no items of the journal')

  await first.admin.post(`${CONTAINERS}/run`, sleeper('expiry-stopped', { ttlSeconds: 2 }))
  await first.end()
  await sleep(2500)
  t.ok(await isThere('expiry-stopped'), 'nobody is there to remove it')
  const second = await startGateway(t, { dataDir: first.dataDir })
  await gone('expiry-stopped')
  t.equal((await expiries(second, 'expiry-stopped')).length, 1)
})
