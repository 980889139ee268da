// @ts-check
// npm run demo: from a bare checkout to a gateway that has run a container, and stays until Ctrl-C.
//
//   node scripts/demo.mjs           the tour, then it keeps serving
//   node scripts/demo.mjs --once    the tour alone
//   --no-build                      takes dist/ as it is
import { parseArgs } from 'node:util'
import { signalIsNormalEnd } from './lib/cleanup.mjs'
import { npm } from './lib/command.mjs'
import { demoEngine, demoImage } from './lib/demo-engine.mjs'
import { startGateway } from './lib/demo-gateway.mjs'
import { farewell, tour } from './lib/demo-tour.mjs'
import { Fault, run, tail } from './lib/fault.mjs'
import { ensureDependencies, root } from './lib/setup.mjs'

const { values: options } = parseArgs({ allowNegative: true, options: { once: { type: 'boolean', default: false }, build: { type: 'boolean', default: true } } })
const say = (/** @type {string} */ text) => console.log(`- ${text}`)

await run(main)

async function main () {
  console.log('Caisson: setting up\n')
  await ensureDependencies(say)
  if (options.build) await build()
  const engine = await demoEngine(say)
  const image = await demoImage(engine, say)
  const gateway = await startGateway(engine)
  say(`the gateway answers at ${gateway.address}`)
  const container = await tour(gateway, engine, image)
  if (options.once) return
  signalIsNormalEnd()
  console.log(farewell(gateway, container, image))
  await gateway.ended
  throw new Fault(`The gateway ended. Its last words:\n${tail(gateway.log())}`)
}

async function build () {
  say('building')
  const { code, output } = await npm(['run', '--silent', 'build'], { cwd: root })
  if (code !== 0) throw new Fault(`The build failed:\n${tail(output)}`)
}
