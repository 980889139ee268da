// A list of 200 containers with their image, networks and ports by GraphQL, beside the same list by REST. For the benchmark.
import { ask, removeContainer } from './api.mjs'
import { beside, compare, row } from './bench-table.mjs'

const COUNT = 200
const AT_ONCE = 10

const QUERY = `{ containers(host: "local", all: true) { items {
  containerId name state status image createdAt ports { containerPort hostPort protocol }
  imageSummary { imageId tags sizeBytes } networkSummaries { networkId name driver } } errors { host } } }`

/** @param {import('../bench.mjs').Bed} bed */
export async function * listRows ({ engine, gateway, bare }) {
  const ids = await containers(engine, COUNT, at => ({ name: `bench-list-${at}`, json: { Image: engine.image, ExposedPorts: { '80/tcp': {} } } }))
  const graph = async () => {
    const { data, errors } = JSON.parse((await bare('POST', '/graphql', { query: QUERY })).text)
    if (errors !== undefined || data.containers.items.filter(isWhole).length < COUNT) throw new Error(`the list is not whole: ${JSON.stringify(errors)}`)
  }
  const rest = async () => {
    if (JSON.parse((await gateway('GET', '/hosts/local/containers?all=true')).text).items.length < COUNT) throw new Error('the list is not whole')
  }
  yield * beside('a list of 200 containers by GraphQL with image, networks and ports, beside REST:', await compare(50, graph, rest))
  const before = await callsCounted(bare)
  await graph()
  yield row('calls to the engine for its three lists', await callsCounted(bare) - before)
  for (const id of ids) await removeContainer(engine, id)
}

/**
 * @param {{ url: string }} engine
 * @param {number} count
 * @param {(at: number) => { name: string, json: object }} spec
 * @returns {Promise<string[]>} their ids; none of them is started
 */
export async function containers (engine, count, spec) {
  const ids = []
  while (ids.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - ids.length) }, (_, nth) => spec(ids.length + nth))
    ids.push(...await Promise.all(some.map(async ({ name, json }) => (await ask(engine, 'POST', `/containers/create?name=${name}`, { json })).Id)))
  }
  return ids
}

/** @param {{ imageSummary: object | null, networkSummaries: object[] }} item */
const isWhole = ({ imageSummary, networkSummaries }) => imageSummary !== null && networkSummaries.length === 1

/**
 * What the engine has been asked so far, by the gateway's own count.
 * @param {import('./bench-gateway.mjs').Client} bare
 */
export async function callsCounted (bare) {
  const counts = [...(await bare('GET', '/metrics')).text.matchAll(/^caisson_engine_calls_total\{[^}]*\} (\d+)$/gm)]
  if (counts.length === 0) throw new Error('the metrics do not count calls to the engine')
  return counts.reduce((sum, [, calls]) => sum + Number(calls), 0)
}
