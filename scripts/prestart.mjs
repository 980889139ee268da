// @ts-check
// Before `npm start`: a checkout that was never built is set up and built; what is built is started as it is.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './lib/command.mjs'
import { Fault, run, tail } from './lib/fault.mjs'
import { ensureDependencies, root } from './lib/setup.mjs'

// Standard output belongs to the gateway's log.
const say = (/** @type {string} */ text) => console.error(`- ${text}`)

await run(async () => {
  if (existsSync(join(root, 'dist/server.js')) && existsSync(join(root, 'node_modules'))) return
  await ensureDependencies(say)
  say('building')
  const { code, output } = await npm(['run', '--silent', 'build'], { cwd: root })
  if (code !== 0) throw new Fault(`The build failed:\n${tail(output)}`)
})
