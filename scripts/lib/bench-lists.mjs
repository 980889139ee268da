// A list of 200 containers with their image, networks and ports by GraphQL, beside the same list by REST. For the benchmark.
import { ask } from './api.mjs'

const COUNT = 200
const AT_ONCE = 10

/** @typedef {(method: string, path: string, body?: object) => Promise<{ status: number, text: string }>} Gateway */

const QUERY = `{ containers(host: "local", all: true) { items {
  id name state status image createdAt ports { containerPort hostPort protocol }
  imageSummary { id tags sizeBytes } networkSummaries { id name driver } } errors { host } } }`

/**
 * @param {{ url: string, image: string }} engine
 * @param {Gateway} gateway
 * @param {Gateway} graphql
 * @returns {Promise<[graph: () => Promise<void>, rest: () => Promise<void>]>}
 */
export async function lists (engine, gateway, graphql) {
  const names = Array.from({ length: COUNT }, (_, at) => `bench-list-${at}`)
  for (let at = 0; at < COUNT; at += AT_ONCE) {
    await Promise.all(names.slice(at, at + AT_ONCE).map(async name => await ask(engine, 'POST', `/containers/create?name=${name}`, { json: { Image: engine.image, ExposedPorts: { '80/tcp': {} } } })))
  }
  return [async () => {
    const { data, errors } = JSON.parse((await graphql('POST', '/graphql', { query: QUERY })).text)
    if (errors !== undefined || data.containers.items.filter(isWhole).length < COUNT) throw new Error(`the list is not whole: ${JSON.stringify(errors)}`)
  }, async () => {
    if (JSON.parse((await gateway('GET', '/hosts/local/containers?all=true')).text).items.length < COUNT) throw new Error('the list is not whole')
  }]
}

/** @param {{ imageSummary: object | null, networkSummaries: object[] }} item */
const isWhole = ({ imageSummary, networkSummaries }) => imageSummary !== null && networkSummaries.length === 1

/**
 * What an engine is asked for one such list, by the gateway's own count.
 * @param {Gateway} metrics
 * @param {() => Promise<void>} list
 */
export async function callsOf (metrics, list) {
  const count = async () => [...(await metrics('GET', '/metrics')).text.matchAll(/^caisson_engine_calls_total\{.*\} (\d+)$/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0)
  const before = await count()
  await list()
  return await count() - before
}
