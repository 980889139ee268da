// Every client, one after another; prints what came of each, and every address that was asked.
import type { Done, Task } from './calls.js'
import { heyApi } from './hey-api.js'
import { kubb } from './kubb.js'
import { oazapfts } from './oazapfts.js'
import { openapiTypescript } from './openapi-typescript.js'
import { orval } from './orval.js'

const task = JSON.parse(process.env.TASK ?? '{}') as Omit<Task, 'name'>
const asked: string[] = []
const plainFetch = globalThis.fetch
globalThis.fetch = async (input, init) => {
  asked.push(input instanceof Request ? input.url : String(input))
  return await plainFetch(input, init)
}
const clients = { 'hey-api': heyApi, kubb, oazapfts, 'openapi-typescript': openapiTypescript, orval }
const done = await Promise.all(Object.entries(clients).map(async ([name, use]): Promise<[string, Done | string]> =>
  [name, await use({ ...task, name: `caisson-generated-${name}` }).catch((error: Error) => error.stack ?? error.message)]))
console.log(JSON.stringify({ asked, done: Object.fromEntries(done) }))
