/**
 * Writes `openapi.yaml` and `schema.graphql` from the operations. With `--check` it writes nothing and fails where a
 * file is not what it would write. Either way the OpenAPI document is then looked over by a linter.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { openapiYaml, schemaText } from '../src/documents/text.js'
import { operations } from '../src/operations/index.js'

const root = resolve(import.meta.dirname, '..')
const isCheck = process.argv.includes('--check')

const documents: Readonly<Record<string, string>> = {
  'openapi.yaml': openapiYaml(operations),
  'schema.graphql': schemaText(operations)
}

const stale = Object.entries(documents).filter(([name, text]) => read(name) !== text)

for (const [name, text] of stale) {
  if (isCheck) console.error(`${name} is not up to date: ${difference(read(name), text)}`)
  else writeFileSync(join(root, name), text)
}
if (isCheck && stale.length > 0) {
  console.error('Run `npm run docs` and commit what it writes.')
  process.exit(1)
}
console.log(`${Object.keys(documents).join(' and ')}: ${stale.length === 0 ? 'up to date' : `wrote ${stale.map(([name]) => name).join(', ')}`}`)
process.exit(lint())

function read (name: string): string | undefined {
  try { return readFileSync(join(root, name), 'utf8') } catch { return undefined }
}

/** The first line that differs, for a person. */
function difference (is: string | undefined, wanted: string): string {
  if (is === undefined) return 'there is no such file'
  const [old, now] = [is.split('\n'), wanted.split('\n')]
  const at = now.findIndex((line, index) => line !== old[index])
  const line = at < 0 ? now.length : at
  return `line ${line + 1} is ${JSON.stringify(old[line] ?? '')} and should be ${JSON.stringify(now[line] ?? '')}`
}

/** Without a look at the network: neither telemetry nor a newer version is asked for. Says something only where there is something to say. */
function lint (): number {
  const require = createRequire(import.meta.url)
  const { bin } = require('@redocly/cli/package.json') as { bin: { redocly: string } }
  const cli = join(dirname(require.resolve('@redocly/cli/package.json')), bin.redocly)
  const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: 'true' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'lint', 'openapi.yaml'], { cwd: root, encoding: 'utf8', env: { ...process.env, ...quiet } })
  if (status === 0) console.log('openapi.yaml: valid')
  else console.error(stdout + stderr)
  return status ?? 1
}
