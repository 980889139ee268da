import Type from 'typebox'
import { TimeInput, engineTime } from '../engine/times.js'
import { kinds } from '../lib/errors.js'
import { operation, value } from '../operation/define.js'
import { JournalRecord, recordOf } from './audit-model.js'
import { closed } from '../model/objects.js'
import { exactText } from './filters.js'

const Outcome = Type.String({
  pattern: `^(?:ok|${Object.keys(kinds).join('|')})$`,
  description: 'How the call ended: `ok`, or the problem\'s code',
  'x-expects': '"ok" or the code of a problem, such as "forbidden"'
})

const list = operation({
  name: 'audit.list',
  field: 'audit',
  summary: 'Search the journal, newest first',
  description: 'One item per call: the last line of its record, or the first while the call is under way. Filters add up. An auditor of some hosts finds the calls to these. All pages show the journal as it was when the first was read.',
  class: 'read',
  method: 'GET',
  path: '/audit',
  input: Type.Object({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'How many items at most' })),
    cursor: Type.Optional(Type.String({ maxLength: 256, description: 'The `nextCursor` of the page before; the filters stay the same' })),
    operation: exactText('Only calls of this operation, e.g. `container.stop`'),
    actor: exactText('Only calls of the user with this username'),
    host: exactText('Only calls to this host'),
    since: Type.Optional(TimeInput('Only what was written at this time or later')),
    until: Type.Optional(TimeInput('Only what was written before this time')),
    outcome: Type.Optional(Outcome),
    requestId: exactText('Only calls of this request'),
    target: exactText('Only calls about what has this full id, or had this name')
  }, closed),
  audit: ['limit', 'operation', 'actor', 'host', 'since', 'until', 'outcome', 'requestId', 'target'],
  output: value(Type.Object({
    items: Type.Array(JournalRecord, { description: 'The calls, newest first' }),
    nextCursor: Type.Optional(Type.String({ description: 'Gives the next page; absent on the last' }))
  }, { ...closed, title: 'AuditList', description: 'A page of the journal, one item a call' })),
  example: { limit: 10, actor: 'admin' },
  async handler ({ limit = 100, since, until, ...query }, { journal, access, hosts }) {
    // So that callers find their own calls.
    await journal.flush()
    const { items, nextCursor } = await journal.list({ ...query, hosts: access.isEverywhere('audit.list') ? undefined : hosts.all().map(({ name }) => name), limit, since: isoTime('since', since), until: isoTime('until', until) })
    return { items: items.map(recordOf), nextCursor }
  }
})

const isoTime = (field: string, text: string | undefined): string | undefined =>
  text === undefined ? undefined : new Date(Number(engineTime(field, text)) * 1000).toISOString()

export const auditOperations = [list]
