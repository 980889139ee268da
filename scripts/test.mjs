// @ts-check
// npm test: everything from a bare checkout to the last line `N passed, N failed, N skipped`.
//
//   node scripts/test.mjs                       set-up, build, lint, types, documents, and test/
//   node scripts/test.mjs --long                the same and test-long/
//   node scripts/test.mjs test/a.test.ts ...    these files alone, without build, lint and the rest
//   CAISSON_TEST_ENGINE=KIND                    all of it on that kind of engine alone (lib/engine-kinds.mjs)
//   --jobs=N, --timeout=SECONDS                 files at once (one more than there are cores: a test waits half of its
//                                               time), time for one file (240, long ones 900)
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { cleanUp, endingBy, onExit } from './lib/cleanup.mjs'
import { npm } from './lib/command.mjs'
import { compile } from './lib/compile.mjs'
import { ensurePackages } from './lib/debian.mjs'
import { Fault, run, tail } from './lib/fault.mjs'
import { ensureDependencies, root } from './lib/setup.mjs'
import { describe, noCounts, runFiles } from './lib/tap.mjs'
import { ensureTestEngines, startTestEngines } from './lib/test-engines.mjs'
import { TEST_PACKAGES } from './lib/test-packages.mjs'
import { DOCKER_KINDS, STARTED_BY_TESTS, planRuns } from './lib/test-plan.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean', default: false }, jobs: { type: 'string', default: String(availableParallelism() + 1) }, timeout: { type: 'string' } }
})
const total = noCounts()
/** How many files may fail in a run and be run once more. */
const RUN_AGAIN = 4
/** @type {import('./lib/tap.mjs').FileResult[]} */
const failed = []
const say = (/** @type {string} */ text) => console.log(`- ${text}`)

await run(main)

async function main () {
  try {
    await ensureDependencies(say)
    if (positionals.length === 0) await check()
    await runTests(positionals.length > 0 ? positionals.map(file => resolve(file)) : testFiles())
  } catch (error) {
    if (endingBy()) throw error
    total.failed++
    console.error(error instanceof Fault ? error.message : error)
  }
  await cleanUp()
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  return total.failed > 0 ? 1 : 0
}

/** The build first, because the documents are written by what it makes; the rest side by side. */
async function check () {
  await step('build')
  await Promise.all(['lint', 'typecheck', 'docs:check'].map(step))
}

/** @param {string} script */
async function step (script) {
  if (!(script in JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts)) throw new Fault(`package.json has no script called ${script}.`)
  const started = performance.now()
  const { code, output } = await npm(['run', '--silent', script], { cwd: root })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  npm run ${script}  ${seconds} s`)
  if (code === 0) return
  total.failed++
  console.log(tail(output, 60))
}

function testFiles () {
  const folders = options.long ? ['test', 'test-long'] : ['test']
  return folders.map(folder => join(root, folder)).filter(folder => existsSync(folder)).flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.test.ts')).sort().map(file => join(folder, file)))
}

/** What compares times has the machine to itself, at the end. @param {{ file: string }} run */
function isTimed ({ file }) {
  return file.endsWith('-timing.test.ts')
}

/** @param {string[]} files */
async function runTests (files) {
  if (files.length === 0) throw new Fault('There is no test to run.')
  const runs = planRuns(files, { chosen: positionals.length > 0, long: options.long })
  const kinds = [...new Set(runs.map(run => run.kind))]
  await compile()
  // All at once, before the files: two of them installing at a time would wait for each other beyond their own time.
  await ensurePackages(TEST_PACKAGES, say)
  await ensureTestEngines([...kinds, ...STARTED_BY_TESTS, ...options.long ? DOCKER_KINDS : []], say)
  const engines = Object.fromEntries(await Promise.all(kinds.map(async kind => [kind, await startTestEngines(kind, say)])))
  onExit(() => Promise.all(Object.values(engines).flat().map(engine => engine.stop())))
  const long = files.some(file => file.includes('test-long'))
  const how = { timeoutMs: Number(options.timeout ?? (long ? 900 : 240)) * 1000, done: add }
  const withEngines = runs.map(run => ({ ...run, env: { ...process.env, CAISSON_TEST_ENGINES: JSON.stringify(engines[run.kind]) } }))
  await runFiles(withEngines.filter(run => !isTimed(run)), { ...how, jobs: Number(options.jobs) })
  await runFiles(withEngines.filter(isTimed), { ...how, jobs: 1 })
  await runAgain(withEngines, how)
}

/** @param {import('./lib/tap.mjs').FileResult} result */
async function add (result) {
  console.log(await describe(result))
  if (result.counts.failed > 0) failed.push(result)
  else count(result)
}

/** @param {import('./lib/tap.mjs').FileResult} result */
function count ({ counts }) {
  total.passed += counts.passed
  total.failed += counts.failed
  total.skipped += counts.skipped
}

/**
 * A few files that failed beside others are run once more, alone. What fails again has failed; what passes is named
 * as flaky, with its first failure above. More than that many is no accident of the machine, and counts as it is.
 * @param {import('./lib/tap.mjs').FileRun[]} runs
 * @param {{ timeoutMs: number }} how
 */
async function runAgain (runs, how) {
  const first = failed.splice(0)
  const again = first.length <= RUN_AGAIN && positionals.length === 0 ? first : []
  if (again.length === 0) return first.forEach(count)
  const chosen = again.map(({ file, kind }) => required(runs.find(run => run.kind === kind && run.file.endsWith(file))))
  await runFiles(chosen, {
    ...how,
    jobs: 1,
    done: async result => {
      console.log(await describe(result))
      if (result.counts.failed === 0) console.log(`flaky  ${result.file}  ${result.kind}  failed beside other files and passed alone`)
      count(result)
    }
  })
}

/** @template T @param {T | undefined} value @returns {T} */
function required (value) {
  if (value === undefined) throw new Fault('A file that failed is not in the plan.')
  return value
}
