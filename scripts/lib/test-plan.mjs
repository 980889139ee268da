// @ts-check
// Which test file runs on which kinds of engine.
import { canStartEngine } from './engine.mjs'
import { ENGINE_KINDS, isEngineKind } from './engine-kinds.mjs'
import { Fault } from './fault.mjs'

/** @typedef {import('./engine-kinds.mjs').EngineKind} EngineKind */

/** Tests of what an engine does; the others ask one for nothing that differs between engines, and run on the first alone. */
const OF_ENGINES = /\/test\/(?:channels|docker|expiry|jobs|operations)\//
/** What compares times says the same of every engine. */
const TIMED = /-timing\.test\.ts$/
/** Tests of one engine: of Podman and of the newest API, which start theirs; of newer answers, which are made up. */
const OF_ONE = /\/test\/docker\/(?:newer-engines|newest-api|podman)\.test\.ts$/

/** @type {[EngineKind, ...EngineKind[]]} */
const ORDINARY = ['20.10', '28.5-containerd']
/** @type {EngineKind[]} */
export const DOCKER_KINDS = ['20.10', '26.1', '28.5', '28.5-containerd']
/** What tests start themselves, whichever engines they are given. @type {EngineKind[]} */
export const STARTED_BY_TESTS = ['28.5-containerd', 'podman']

/**
 * @param {string[]} files
 * @param {{ chosen: boolean, long: boolean }} options `chosen`: the files were named, and run once
 * @returns {Array<{ file: string, kind: EngineKind }>}
 */
export function planRuns (files, { chosen, long }) {
  const [first, ...others] = kinds({ chosen, long })
  const again = files.filter(file => OF_ENGINES.test(file) && !TIMED.test(file) && !OF_ONE.test(file))
  return [...files.map(file => ({ file, kind: first })), ...others.flatMap(kind => again.map(file => ({ file, kind })))]
}

/**
 * @param {{ chosen: boolean, long: boolean }} options
 * @returns {[EngineKind, ...EngineKind[]]}
 */
function kinds ({ chosen, long }) {
  const named = process.env.CAISSON_TEST_ENGINE
  if (named && isEngineKind(named)) return [named]
  if (named) throw new Fault(`CAISSON_TEST_ENGINE is ${named}; it takes ${Object.keys(ENGINE_KINDS).join(', ')}.`)
  if (chosen || !canStartEngine()) return ['20.10']
  return long ? ['20.10', ...DOCKER_KINDS.slice(1)] : ORDINARY
}
