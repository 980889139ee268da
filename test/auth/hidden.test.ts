import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { image } from '../support/engines.js'
import { accessBed } from './access-bed.js'

const bed = await accessBed(t)
const { engine, gateway: { admin }, pat, grant, nothing } = bed

const make = async (name: string, body: object = {}): Promise<string> =>
  (await ask(engine, 'POST', `/containers/create?name=${name}`, { json: { Image: image, Cmd: ['sleep', '600'], ...body } })).Id
const clear = async (...names: string[]) => { for (const name of names) await call(engine, 'DELETE', `/containers/${name}?force=true&v=true`) }
const isThere = async (name: string): Promise<boolean> => (await call(engine, 'GET', `/containers/${name}/json`)).status === 200
const namesIn = (items: Array<{ name: string }>): string[] => items.map(({ name }) => name).sort()

t.test('a link\'s alias is nobody\'s name: lists, statistics and prunes keep to whose the container is', async t => {
  await nothing()
  await make('hidden-db')
  await call(engine, 'POST', '/containers/hidden-db/start')
  await make('aaa', { HostConfig: { Links: ['hidden-db:x'] } })
  t.teardown(async () => { await clear('aaa', 'hidden-db') })
  const names = async (query = '') => namesIn((await admin.get(`/hosts/local/containers?all=true&${query}`)).body.items)
  t.same((await names()).filter(name => name.includes('aaa') || name.includes('db')), ['aaa', 'hidden-db'])
  t.same(await names('name=aaa'), ['aaa'], 'nor is one found by an alias')
  t.same(await names('name=%5E/aaa%24&name=hidden-d.%24'), ['aaa', 'hidden-db'], 'words are expressions, as engines have it')
  t.same(namesIn((await admin.get('/hosts/local/disk-usage')).body.containers.items).filter(name => /aaa|db/.test(name)), ['aaa', 'hidden-db'])
  const { data } = await admin.graphql('{ containers(host: ["local"], all: true) { items { name } } }')
  t.same(namesIn(data.containers.items).filter(name => /aaa|db/.test(name)), ['aaa', 'hidden-db'])
  const stats = (await admin.get('/hosts/local/stats?stream=false')).text.trim().split('\n').map(line => JSON.parse(line) as { name?: string })
  t.ok(stats.some(({ name }) => name === 'hidden-db'), JSON.stringify(stats.map(({ name }) => name)))
  t.notOk(stats.some(({ name }) => name?.includes('/')))

  await grant({ role: 'developer', match: { names: ['aaa*'] } })
  t.same(namesIn((await pat.get('/hosts/local/containers?all=true')).body.items), ['aaa'])
  t.equal((await pat.get('/hosts/local/containers/aaa/x')).status, 404)
  await call(engine, 'POST', '/containers/hidden-db/kill')
  await call(engine, 'POST', '/containers/hidden-db/wait')
  t.equal((await pat.post('/hosts/local/containers/prune', {})).body.removed?.length, 1)
  t.notOk(await isThere('aaa'))
  t.ok(await isThere('hidden-db'), 'what is another\'s stays')

  await make('aaa', { HostConfig: { Links: ['hidden-db:x'] } })
  await nothing()
  await grant({ role: 'developer', match: { names: ['hidden-*'] } })
  t.same(namesIn((await pat.get('/hosts/local/containers?all=true')).body.items), ['hidden-db'], 'and its own team goes on seeing it')
})
