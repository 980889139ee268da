// npm run bench: the gateway beside the direct call to the engine, in one run. Prints a Markdown table, row by row.
//
//   node scripts/bench.mjs                     everything
//   node scripts/bench.mjs lists transfers     these sections alone
//   --mib=N                                    how large the transfers are (1024; from 128 on)
import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { accessRows, labelledRows } from './lib/bench-access.mjs'
import { callRows } from './lib/bench-calls.mjs'
import { echoRows } from './lib/bench-channels.mjs'
import { clientOf, engineClient, PORT, rssOf, signIn, startGateway } from './lib/bench-gateway.mjs'
import { jobRows } from './lib/bench-jobs.mjs'
import { listRows } from './lib/bench-lists.mjs'
import { liveRows } from './lib/bench-live.mjs'
import { repeatRows } from './lib/bench-repeats.mjs'
import { HEAD, row } from './lib/bench-table.mjs'
import { transferRows } from './lib/bench-transfers.mjs'
import { cleanUp, onExit } from './lib/cleanup.mjs'
import { npm } from './lib/command.mjs'
import { Fault, run } from './lib/fault.mjs'
import { ensureDependencies, root } from './lib/setup.mjs'
import { ensureTestEngines, startTestEngines } from './lib/test-engines.mjs'

/** @typedef {Awaited<ReturnType<typeof prepare>>} Bed */

/** Each gives rows as it has them, and leaves nothing behind. @type {Record<string, (bed: Bed) => AsyncIterable<string>>} */
const SECTIONS = { calls: callRows, echo: echoRows, jobs: jobRows, access: accessRows, labelled: labelledRows, lists: listRows, repeats: repeatRows, live: liveRows, transfers: transferRows }

const { values: { mib }, positionals } = parseArgs({ allowPositionals: true, options: { mib: { type: 'string', default: '1024' } } })

await run(main, cleanUp)

async function main () {
  const unknown = positionals.find(name => !(name in SECTIONS))
  if (unknown !== undefined) throw new Fault(`There is no section ${unknown}: there are ${Object.keys(SECTIONS).join(', ')}.`)
  if (!(Number(mib) >= 128)) throw new Fault(`--mib=${mib} is too little: a transfer is broken off after 64 MiB.`)
  const bed = await prepare()
  console.log(HEAD.join('\n'))
  console.log(row('start to first answer (ms)', bed.firstMs.toFixed(0)))
  await sleep(3000)
  console.log(row('idle RSS (MiB)', rssOf(bed.pid).toFixed(0)))
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    for await (const line of section(bed)) console.log(line)
  }
  await cleanUp()
  return 0
}

async function prepare () {
  const say = (/** @type {string} */ text) => console.error(`- ${text}`)
  await ensureDependencies(say)
  await npm(['run', '--silent', 'build'], { cwd: root })
  await ensureTestEngines(['20.10'], say)
  const engines = await startTestEngines('20.10', say)
  onExit(() => Promise.all(engines.map(engine => engine.stop())))
  const [engine] = engines
  const { firstMs, pid } = await startGateway(engine.url)
  const token = await signIn()
  return { engine, port: PORT, pid, firstMs, token, mib: Number(mib), gateway: clientOf(token), bare: clientOf(token, ''), direct: engineClient(engine.socketPath) }
}
