// @ts-check
// Runs test files and reads the TAP they print. Each file is run by node directly instead of through the tap command,
// whose instrumentation for coverage costs more than a second of CPU a file.
import { spawn } from 'node:child_process'
import { relative } from 'node:path'
import { onExit } from './cleanup.mjs'
import { compiled } from './compile.mjs'
import { tail } from './fault.mjs'
import { root } from './setup.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ name: string, diag?: unknown, error?: string }} Failure */
/** @typedef {{ file: string, kind?: string, counts: Counts, failures: Failure[], seconds: number, noise: string }} FileResult */

/** @returns {Counts} */
export const noCounts = () => ({ passed: 0, failed: 0, skipped: 0 })

/** @typedef {{ file: string, kind: string, env: NodeJS.ProcessEnv }} FileRun */

/**
 * @param {FileRun[]} runs
 * @param {{ jobs: number, timeoutMs: number, done: (result: FileResult) => Promise<void> }} options
 */
export async function runFiles (runs, { jobs, done, timeoutMs }) {
  const queue = [...runs]
  const worker = async () => {
    for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
      await done({ ...await runFile(run.file, { timeoutMs, env: run.env }), kind: run.kind })
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
}

/**
 * @param {string} file
 * @param {{ timeoutMs: number, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<FileResult>}
 */
export async function runFile (file, { timeoutMs, env }) {
  // Loaded here and not at the top: when this module is read, dependencies may not be installed yet.
  const { Parser } = await import('tap-parser')
  const started = performance.now()
  const counts = noCounts()
  /** @type {Failure[]} */
  const failures = []
  let noise = ''
  const parser = new Parser()
  watch(parser, result => count(result, counts, failures))
  parser.on('extra', text => { noise += text })
  const child = spawn(process.execPath, ['--enable-source-maps', file.endsWith('.ts') ? compiled(file) : file], {
    cwd: root, env: { ...env, TAP: '1', TAP_TIMEOUT: String(timeoutMs / 1000) }, stdio: ['ignore', 'pipe', 'pipe']
  })
  const forget = onExit(() => child.kill('SIGKILL'))
  const timer = killAfter(child, timeoutMs)
  child.stdout.on('data', chunk => parser.write(chunk))
  child.stderr.on('data', chunk => { noise += chunk })
  const how = await ending(child)
  timer.stop()
  forget()
  parser.end()
  const name = relative(root, file)
  const crash = explain(how, timer.fired, timeoutMs, counts, parser)
  if (crash && counts.failed === 0) {
    counts.failed++
    failures.push({ name: `${name}: ${crash}` })
  }
  return { file: name, counts, failures, seconds: (performance.now() - started) / 1000, noise }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ code: number | null, signal: string | null }>}
 */
function ending (child) {
  return new Promise(resolve => {
    child.on('error', () => resolve({ code: 127, signal: null }))
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
}

/**
 * First the signal at which tap says which test was running, then one that cannot be ignored.
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} timeoutMs
 */
function killAfter (child, timeoutMs) {
  const state = { fired: false, stop: () => { clearTimeout(first); clearTimeout(second) } }
  const first = setTimeout(() => {
    state.fired = true
    child.kill('SIGALRM')
  }, timeoutMs)
  const second = setTimeout(() => child.kill('SIGKILL'), timeoutMs + 5000)
  return state
}

/**
 * What went wrong with a file beside its assertions, if anything did.
 * @param {{ code: number | null, signal: string | null }} how
 * @param {boolean} timedOut
 * @param {number} timeoutMs
 * @param {Counts} counts
 * @param {import('tap-parser').Parser} parser
 */
function explain ({ code, signal }, timedOut, timeoutMs, counts, parser) {
  if (timedOut) return `not finished after ${timeoutMs / 1000} s`
  if (signal) return `ended by ${signal}`
  if (code !== 0) return `ended with exit code ${code}`
  if (!parser.ok) return 'ended before its plan was complete'
  if (counts.passed + counts.failed + counts.skipped === 0) return 'no test in this file'
  return undefined
}

/**
 * Reports the assertions themselves. A subtest's closing line repeats what was inside, so it is left out, unless the
 * subtest failed as a whole (a time-out, a plan that was not met) or had nothing inside.
 * @param {import('tap-parser').Parser} parser
 * @param {(result: import('tap-parser').Result) => void} report
 */
function watch (parser, report) {
  /** @type {{ inside: number, failed: number }} */
  let last = { inside: 0, failed: 0 }
  parser.on('child', child => {
    const state = last = { inside: 0, failed: 0 }
    watch(child, result => {
      state.inside++
      if (!result.ok) state.failed++
      report(result)
    })
  })
  parser.on('assert', result => {
    const repeats = result.closingTestPoint && last.inside > 0 && (result.ok || last.failed > 0)
    if (!repeats) report(result)
  })
}

/**
 * @param {import('tap-parser').Result} result
 * @param {Counts} counts
 * @param {Failure[]} failures
 */
function count (result, counts, failures) {
  if (result.skip || result.todo) counts.skipped++
  else if (result.ok) counts.passed++
  else {
    counts.failed++
    failures.push({ name: result.fullname, diag: result.diag, error: result.tapError ?? undefined })
  }
}

/** @param {FileResult} result */
export async function describe ({ file, kind = '', counts, failures, seconds, noise }) {
  const { passed, failed, skipped } = counts
  const line = `${failed > 0 ? 'FAIL' : 'ok  '}  ${file}  ${kind}  ${passed} passed${failed ? `, ${failed} failed` : ''}${skipped ? `, ${skipped} skipped` : ''}  ${seconds.toFixed(1)} s`
  if (failed === 0) return line
  const { stringify } = await import('yaml')
  const details = failures.map(one => `\n  x ${one.name}${one.error ? ` (${one.error})` : ''}\n${one.diag ? indent(stringify(one.diag)) : ''}`)
  const printed = noise.trim() === '' ? '' : `\n  what it printed:\n${indent(tail(noise, 40))}\n`
  return `${line}\n${details.join('')}${printed}`
}

/** @param {string} text */
const indent = text => text.trimEnd().replace(/^/gm, '      ')
