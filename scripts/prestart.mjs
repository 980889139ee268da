// @ts-check
// Before `npm start`: a checkout that was never built, or was built of other sources, is set up and built.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './lib/command.mjs'
import { Fault, run, tail } from './lib/fault.mjs'
import { ensureDependencies, root } from './lib/setup.mjs'
import { isBuildOld } from './lib/sources.mjs'

// Standard output belongs to the gateway's log.
const say = (/** @type {string} */ text) => console.error(`- ${text}`)

await run(async () => {
  const isBuilt = existsSync(join(root, 'dist/server.js')) && existsSync(join(root, 'node_modules'))
  if (isBuilt && !isBuildOld(root)) return
  if (isBuilt) say('dist was built of other sources than those that are here now')
  await ensureDependencies(say)
  say('building')
  const { code, output } = await npm(['run', '--silent', 'build'], { cwd: root })
  if (code !== 0) throw new Fault(`The build failed:\n${tail(output)}`)
})
