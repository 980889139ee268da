import t, { type Test } from 'tap'
import { engineFaults } from '../../../src/engine/messages/table.js'
import type { Answer } from '../../support/client.js'
import { privateEngine } from '../../support/engines.js'
import { startGateway } from '../../support/gateway.js'
import { startDenyingRegistry } from '../../support/denying-registry.js'
import { REGISTRY, startRegistry } from '../../support/registry.js'
import type { EngineKind } from '../../../scripts/lib/engine-kinds.mjs'
import { bedOf, problemOf } from './bed.js'
import { containerFaults } from './containers.js'
import type { Fault } from './fault.js'
import { fileFaults } from './files.js'
import { imageFaults } from './images.js'
import { networkFaults } from './networks.js'

const faults: readonly Fault[] = [...networkFaults, ...containerFaults, ...fileFaults, ...imageFaults]
/** As `htpasswd -nbB tester canary-of-the-registry` writes it. */
const USERS = 'tester:$2y$05$abcdefghijklmnopqrstuuTQLdDQ2arfM5hmv74DJrVlfO6Ojq7Qm\n'

function testFault (t: Test, kind: EngineKind, { what, code, unlike }: Fault, answer: Answer): string {
  const problem = problemOf(answer)
  const wanted = unlike?.[kind] ?? code
  if (wanted === 'taken') t.ok(problem === undefined || problem.status < 500, `${what}: ${problem?.detail ?? 'it is taken'}`)
  else t.equal(problem?.code ?? `${answer.status} ${answer.text.slice(0, 200)}`, wanted, `${what}: ${problem?.detail}`)
  return problem?.detail ?? ''
}

/** Makes every fault on an engine of that kind, and has every row of the table met that says that it says so. */
export function testFaults (kind: EngineKind): void {
  t.test(`faults on ${kind}`, async t => {
    const engine = await privateEngine(t, { kind })
    const { admin } = await startGateway(t, { engines: [engine, engine] })
    await Promise.all([startRegistry(t, engine, [`${REGISTRY}/there:1`]), startRegistry(t, engine, [], { port: 5001, users: USERS }), startDenyingRegistry(t, engine)])
    const bed = bedOf(admin, engine.image)
    const said: string[] = []
    const queue = faults.values()
    await Promise.all([1, 2, 3].map(async () => {
      for (const fault of queue) said.push(await testFault(t, kind, fault, await fault.make(bed)))
    }))
    t.same(said.filter(detail => detail.includes(engine.folder) || detail.includes('without a word')), [], 'where the engine keeps its own is not told')
    const met = new Set(said.map(detail => engineFaults.find(({ says, words }) => detail === words || says.test(detail))))
    const rows = engineFaults.filter(({ by }) => by.includes(kind))
    t.same(rows.filter(row => !met.has(row)).map(({ says }) => String(says)), [], 'every row of the table is met')
  })
}
