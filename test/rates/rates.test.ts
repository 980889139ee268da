import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.js'
import { TokenBuckets } from '../../src/rates/token-buckets.js'
import { Rates } from '../../src/rates/rates.js'
import { ANN_PASSWORD, startGateway, type Gateway } from '../support/gateway.js'

/** So many calls at once, and hardly any more while a test runs. */
const FEW = '1/40'
const LIST = '/hosts/local/containers'
/** Of Ann, who may look, in a document with so many aliases. */
const aliases = (count: number) => `{ ${Array.from({ length: count }, (_, at) => `a${at}: hostVersion(host: "local") { version }`).join(' ')} }`

async function bed (t: Test, environment: Record<string, string>): Promise<Gateway & { ann: Gateway['ann'] }> {
  const gateway = await startGateway(t, { environment })
  await gateway.services.grants.create({ user: 'ann', role: 'operator', hosts: ['local'] })
  return { ...gateway, ann: await gateway.nobody.signIn('ann', ANN_PASSWORD) }
}

const refusals = async ({ services, admin }: Gateway) => {
  await services.journal.flush()
  return (await admin.get('/audit?outcome=rate-limited&limit=1000')).body.items as Array<{ outcome: { count?: number } }>
}

t.test('a user\'s calls are counted over every surface, and the engine hears nothing of one too many', async t => {
  const gateway = await bed(t, { CAISSON_RATE_PER_USER: FEW })
  const { ann, admin, spies: { local: spy }, nobody } = gateway
  for (let calls = 0; calls < 10; calls++) t.equal((await ann.get(LIST)).status, 200)
  const first = await ann.graphql(aliases(20))
  t.same(first.errors, [])
  t.equal(Object.keys(first.data).length, 20)
  spy.reset()
  const [second, third] = await Promise.all([ann.graphql(aliases(20)), ann.graphql(aliases(20))])
  const errors = [...second?.errors ?? [], ...third?.errors ?? []]
  t.equal(errors.length, 30, 'each alias is a call: ten were left')
  for (const { extensions } of errors) t.match(extensions, { code: 'rate-limited', status: 429, retryAfterSeconds: Number })
  t.equal(spy.requests.length, 10)
  spy.reset()
  const refused = await ann.get(LIST)
  t.match(refused, { status: 429, body: { code: 'rate-limited', detail: /you call too often/ } })
  const seconds = Number(refused.headers.get('retry-after'))
  t.ok(seconds > 0 && seconds <= 60, 'there is one a minute')
  t.equal(refused.body.retryAfterSeconds, seconds)
  t.match((await ann.post(`${LIST}/nothing/stop`, { nonsense: true })).status, 429, 'before the input is looked at')
  t.match(await ann.follow('/hosts/local/events'), { code: 429, reason: 'rate-limited' })
  const subscriptions = ann.subscriptions()
  t.teardown(async () => { await subscriptions.dispose() })
  const told: unknown[] = []
  for await (const result of subscriptions.iterate({ query: 'subscription { hostEvents(host: ["local"]) { ... on HostEvent { resourceId } } }' })) told.push(result.errors)
  t.match(told, [[{ extensions: { code: 'rate-limited' } }]])
  t.equal(spy.bytes, 0)

  t.equal((await admin.get(LIST)).status, 200, 'nobody else notices')
  t.equal((await nobody.post('/auth/login', { username: 'ann', password: ANN_PASSWORD })).status, 200, 'signing in has a limit of its own')
  for (const path of ['/healthz', '/readyz']) for (let calls = 0; calls < 45; calls++) t.equal((await fetch(gateway.url + path)).status, 200)
  t.equal((await ann.fetch(`${gateway.url}/readyz`)).status, 200)
})

t.test('a flood of refusals is a few lines of the journal, with a count', async t => {
  const gateway = await bed(t, { CAISSON_RATE_PER_USER: FEW })
  const { ann } = gateway
  const answers = await Promise.all(Array.from({ length: 340 }, async () => (await ann.get(LIST)).status))
  t.equal(answers.filter(status => status === 429).length, 300)
  const items = await refusals(gateway)
  t.ok(items.length < 300, 'they are collapsed')
  t.equal(items.reduce((sum, { outcome: { count = 1 } }) => sum + count, 0), 300, 'and none is left out')
  t.match(items[0], { stage: 'denied', class: 'read', input: {}, decision: { effect: 'deny', rule: 'rate-limited' } })
})

t.test('an address has a number for all who call from there', async t => {
  const gateway = await bed(t, { CAISSON_RATE_PER_USER: '0', CAISSON_RATE_PER_ADDRESS: '1/60' })
  const { ann, admin, spies: { local: spy } } = gateway
  const called = async () => [(await ann.get(LIST)).status, (await admin.get(LIST)).status]
  let statuses: number[] = []
  for (let calls = 0; calls < 40; calls++) statuses = [...statuses, ...await called()]
  t.ok(statuses.slice(0, 50).every(status => status === 200))
  t.same(new Set(statuses.slice(60)), new Set([429]))
  spy.reset()
  t.match(await admin.get(LIST), { status: 429, body: { detail: /from your address/ } })
  t.equal(spy.bytes, 0)
})

t.test('rubbish of strangers shuts nobody out who is signed in behind the same address', async t => {
  const { ann, nobody } = await bed(t, { CAISSON_RATE_PER_ADDRESS: '1/20' })
  const rubbish = async () => await nobody.post('/auth/login', { nonsense: true })
  const statuses = (await Promise.all(Array.from({ length: 40 }, rubbish))).map(({ status }) => status)
  t.same(new Set(statuses), new Set([400, 429]))
  for (let calls = 0; calls < 15; calls++) t.equal((await ann.get(LIST)).status, 200)
})

t.test('what one user is refused does not count for the address', async t => {
  const { ann, admin } = await bed(t, { CAISSON_RATE_PER_USER: FEW, CAISSON_RATE_PER_ADDRESS: '1/90' })
  for (let calls = 0; calls < 200; calls++) await ann.get(LIST)
  for (let calls = 0; calls < 30; calls++) t.equal((await admin.get(LIST)).status, 200)
})

t.test('a bucket fills again in time, of a bounded number of them', t => {
  const clock = { now: 0 }
  const buckets = new TokenBuckets({ perMinute: 60, burst: 2 }, 2, () => clock.now)
  t.same([buckets.take('a'), buckets.take('a'), buckets.take('a')], [0, 0, 1])
  clock.now = 999
  t.equal(buckets.take('a'), 1)
  clock.now = 1001
  t.same([buckets.take('a'), buckets.take('a')], [0, 1])
  clock.now = 3_600_000
  t.same([buckets.take('a'), buckets.take('a'), buckets.take('a')], [0, 0, 1], 'and no fuller than it may be')
  buckets.take('b')
  buckets.take('c')
  t.equal(buckets.take('a'), 0, 'the one that was quiet for longest went')
  t.end()
})

t.test('an IPv6 network is one address, and what the gateway does by itself is not counted', t => {
  const rates = new Rates({ perUser: null, perAddress: { perMinute: 1, burst: 1 } })
  const from = (address: string, surface: 'rest' | 'internal' = 'rest') => { rates.count({ surface, actor: null, client: { address } }) }
  from('2001:db8::1')
  t.throws(() => { from('2001:db8::ffff') }, { code: 'rate-limited' })
  t.doesNotThrow(() => { from('2001:db8:0:1::1') })
  for (let calls = 0; calls < 3; calls++) t.doesNotThrow(() => { from('internal', 'internal') })
  t.end()
})

t.test('the settings', t => {
  const rates = (perUser?: string) => readConfig(perUser === undefined ? {} : { CAISSON_RATE_PER_USER: perUser }).rates.perUser
  t.same(rates(), { perMinute: 30_000, burst: 30_000 })
  t.same(rates('600'), { perMinute: 600, burst: 600 })
  t.same(rates('600/50'), { perMinute: 600, burst: 50 })
  t.equal(rates('0'), null)
  for (const wrong of ['', '-1', '1.5', '600/0', '600/', '0/5', 'many', '99999999']) t.throws(() => rates(wrong), { message: new RegExp(`^CAISSON_RATE_PER_USER: got "${wrong}", takes how often`) }, wrong)
  t.end()
})
