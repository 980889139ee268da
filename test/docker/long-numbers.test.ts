import fc from 'fast-check'
import t from 'tap'
import { exactOf, hasLongNumber, parseJson, stringifyJson } from '../../src/lib/exact-json.js'
import { engines, image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const { admin } = await startGateway(t, { engines: [engines[0]] })
/** The most that a number of JavaScript's holds; engines double it for memory and swap together. */
const MOST = Number.MAX_SAFE_INTEGER
const DOUBLE = '18014398509481982'
const name = `long-numbers-${process.pid}`
const query = `{ container(host: "local", id: "${name}") { memoryBytes memorySwapBytes raw } }`

t.test('what an engine has beyond 2^53 is told with all of its digits', async t => {
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${name}?force=true`))
  t.equal((await admin.post('/hosts/local/containers', { name, image, memoryBytes: MOST })).status, 201)
  const { status, text } = await admin.get(`/hosts/local/containers/${name}`)
  t.equal(status, 200)
  t.match(text, `"memorySwapBytes":${DOUBLE}`)
  t.match(text, `"MemorySwap":${DOUBLE}`, 'and in raw')
  const { data, errors } = await admin.graphql(query)
  t.same(errors, [])
  t.match(data.container, { memoryBytes: MOST, memorySwapBytes: DOUBLE, raw: { HostConfig: { MemorySwap: DOUBLE } } })
})

t.test('as an input it is refused in words, and not rounded', async t => {
  for (const memoryBytes of ['9007199254740993', '9223372036854775807']) {
    const answer = await admin.fetch(admin.address('/hosts/local/containers'), {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"image":"${image}","memoryBytes":${memoryBytes}}`
    })
    t.equal(answer.status, 400)
    t.match(await answer.text(), /memoryBytes.*9007199254740991/)
  }
})

t.test('JSON with long numbers, and without', async t => {
  const text = '{"a":9223372036854775807,"b":[-9223372036854775808,1.5,12],"c":{"__proto__":18446744073709551615,"id":"sha256:1234567890123456"}}'
  const value = parseJson(text) as object
  t.equal(JSON.stringify(value), JSON.stringify(JSON.parse(text)), 'what is computed with are numbers')
  t.equal(stringifyJson(exactOf(value)), text)
  t.equal(stringifyJson({ ...exactOf(value) }), text, 'also of a copy')
  const short = parseJson('{"a":1}') as object
  t.equal(exactOf(short), short)
  t.throws(() => stringifyJson({ toJSON () { throw new TypeError('its own') } }), { message: 'its own' })
})

t.test('a long number is seen wherever it stands, and in no id', async t => {
  const part = fc.oneof(
    fc.stringMatching(/^\d{1,40}$/), fc.stringMatching(/^[0-9a-f]{1,80}$/), fc.constantFrom(':', ',', '[', '-', '.', '"', 'é', ':-', ',-'),
    fc.constantFrom('"a":1234567890123456', '[-1234567890123456]', '"1234567890123456"', ':123456789012345', '1.1234567890123456')
  )
  fc.assert(fc.property(fc.array(part, { maxLength: 20 }).map(parts => parts.join('')), text => hasLongNumber(text) === /[:[,]-?\d{16}/.test(text)), { numRuns: 5000 })
  for (let at = 0; at < 40; at++) t.ok(hasLongNumber(`["${'f'.repeat(at)}",1234567890123456]`), String(at))
})
