import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import Type from 'typebox'
import type { Journal } from '../../src/audit/journal.js'
import { forbidden } from '../../src/lib/errors.js'
import type { OperationClass } from '../../src/model/kinds.js'
import type { Call } from '../../src/operation/context.js'
import { nothing, operation } from '../../src/operation/define.js'
import { AuditRecord } from '../../src/operation/audit-record.js'
import { bed } from '../audit/bed.js'
import { NO_AUTHORIZATION } from '../support/no-authorization.js'

const made = (kind: OperationClass) => operation({
  ...NO_AUTHORIZATION, name: `boat.${kind}`, summary: 'A call', class: kind, method: 'POST', path: '/boats', input: Type.Object({}), audit: [], output: nothing(), example: {}, async handler () {}
})

const actor = { id: 'u1', username: 'ann', admin: false, credential: { kind: 'jwt', id: 'j1', session: 's1' } } as const

const call = (shutdown = new AbortController().signal): Call =>
  ({ requestId: 'r1', surface: 'rest', actor, client: { address: '10.0.0.9' }, signal: new AbortController().signal, shutdown, tokens: { sign: () => '', lifetimeSeconds: 1 } })

async function outcomes (journal: Journal, outcome?: string) {
  await journal.flush()
  const { items } = await journal.list({ limit: 100, outcome })
  return items.map(({ operation, stage, outcome }) => ({ operation, stage, code: outcome?.code, end: outcome?.end }))
}

t.test('a write that its caller left, or that the gateway cut off, is not found among what succeeded', async t => {
  const { journal } = await bed(t)
  for (const kind of ['read', 'write', 'exec', 'admin'] as const) {
    new AuditRecord(made(kind), call(), journal).completed(null, 'client-left')
    new AuditRecord(made(kind), call(), journal).completed(null)
  }
  const upload = new PassThrough()
  new AuditRecord(made('write'), call(AbortSignal.abort()), journal).completeWith(upload)
  upload.destroy()
  await sleep(10)
  const unknown = await outcomes(journal, 'outcome-unknown')
  t.same(unknown.map(({ operation, end }) => [operation, end]), [['boat.write', 'shutdown'], ['boat.admin', 'client-left'], ['boat.exec', 'client-left'], ['boat.write', 'client-left']])
  t.same((await outcomes(journal, 'ok')).map(({ operation, end }) => [operation, end]), [
    ['boat.admin', 'complete'], ['boat.exec', 'complete'], ['boat.write', 'complete'], ['boat.read', 'complete'], ['boat.read', 'client-left']
  ])
})

t.test('a call that was refused because the journal hung is not left open when its line comes to the disk after all', async t => {
  const { journal, db } = await bed(t, { deadlineMs: 200 })
  const lock = await db().startTransaction().execute()
  await t.rejects(new AuditRecord(made('write'), call(), journal).received(), { code: 'audit-unavailable' })
  await lock.rollback().execute()
  t.same(await outcomes(journal), [{ operation: 'boat.write', stage: 'completed', code: 'audit-unavailable', end: 'error' }])
  const lines = await db().selectFrom('journal').select('stage').orderBy('seq').execute()
  t.same(lines.map(({ stage }) => stage), ['received', 'completed'])
})

t.test('what policy refuses is a line of its own, on disk before the answer; a flood of it is one line with a count', async t => {
  const { journal, db } = await bed(t, { floods: { windowMs: 60_000, perKey: 10, total: 1, keys: 100 } })
  const refused = async (rule: string) => {
    const record = new AuditRecord(made('write'), call(), journal)
    record.decided({ effect: 'deny', rule })
    await record.denied(forbidden('no'))
  }
  for (let nth = 1; nth <= 10; nth++) {
    await refused('no-grant')
    t.equal((await db().selectFrom('journal').selectAll().execute()).length, nth)
  }
  for (let nth = 0; nth < 490; nth++) await refused('no-grant')
  await refused('other-rule')
  await journal.flush()
  const { items } = await journal.list({ limit: 1000 })
  t.equal(items.length, 12)
  t.match(items[0], { stage: 'denied', actor: { id: 'u1' }, decision: { effect: 'deny', rule: 'no-grant' }, outcome: { code: 'forbidden', count: 490 } })
  t.match(items[1], { decision: { rule: 'other-rule' } })
})
