// What a job adds to a pull: the same pull with and without one, in turns. For the benchmark.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, call } from './api.mjs'
import { beside, compare } from './bench-table.mjs'
import { onExit } from './cleanup.mjs'
import { ensurePackages } from './debian.mjs'
import { REGISTRY } from './test-packages.mjs'

const REFERENCE = 'localhost:5000/bench/pulled:latest'

/**
 * An image that its registry has and the engine, too: what is left is what the call itself costs. A job is over when its
 * events are.
 * @param {import('../bench.mjs').Bed} bed
 */
export async function * jobRows ({ engine, gateway }) {
  await startRegistry(engine)
  const path = '/hosts/local/images/pull'
  const reference = { reference: REFERENCE }
  yield * beside('a pull as a job, beside the gateway without:', await compare(200, async () => {
    const { id } = JSON.parse((await gateway('POST', path, reference, { prefer: 'respond-async' })).text)
    check((await gateway('GET', `/jobs/${id}/events`)).text)
  }, async () => {
    check((await gateway('POST', path, reference)).text)
  }))
}

/** @param {string} text */
function check (text) {
  if (!text.includes('"type":"end","reason":"complete"')) throw new Error(`the pull failed: ${text}`)
}

/** @param {{ url: string, image: string, pid?: number }} engine */
async function startRegistry (engine) {
  await ensurePackages([REGISTRY])
  const folder = mkdtempSync(join(tmpdir(), 'caisson-bench-registry-'))
  const config = join(folder, 'config.yml')
  writeFileSync(config, `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${folder}/data\nhttp:\n  addr: 127.0.0.1:5000\n`)
  // In the engine's network namespace: what it listens on at loopback, the engine reaches.
  const registry = spawn('nsenter', [`--net=/proc/${engine.pid}/ns/net`, 'docker-registry', 'serve', config], { stdio: 'ignore' })
  onExit(async () => { registry.kill(); rmSync(folder, { recursive: true, force: true }) })
  await ask(engine, 'POST', `/images/${engine.image}/tag?repo=localhost:5000/bench/pulled&tag=latest`)
  for (let tries = 0; tries < 50; tries++) {
    const { status, text } = await call(engine, 'POST', '/images/localhost:5000/bench/pulled/push?tag=latest', { json: {} })
    if (status === 200 && !text.includes('"error"')) return
    await sleep(100)
  }
  throw new Error('the registry did not take the image')
}
