import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import Type from 'typebox'
import { REQUIRED_PARTS, none } from '../../src/authorization/authorization-spec.js'
import { expire } from '../../src/expiry/expire.js'
import { closed } from '../../src/model/objects.js'
import { nothing, operation } from '../../src/operation/define.js'
import { registry } from '../../src/operation/registry.js'
import { operations } from '../../src/operations/index.js'
import { NO_AUTHORIZATION } from '../support/no-authorization.js'

const input = Type.Object({ host: Type.String(), boat: Type.String(), sails: Type.Optional(Type.Integer()) }, closed)
const sail = {
  name: 'boat.sail',
  summary: 'Sail',
  class: 'write',
  method: 'POST',
  path: '/hosts/{host}/boats/{boat}/sail',
  input,
  output: nothing(),
  audit: [],
  example: { host: 'local', boat: 'anna' },
  async handler () {}
} as const
const limits = { inputs: ['sails'], unlimited: {}, evaluate: async () => () => ({ violations: [], defaults: {} }) }
const refused = (definition: object, message: RegExp) => { t.throws(() => registry([operation({ ...sail, ...NO_AUTHORIZATION, ...definition })]), { message }) }

t.test('a new operation that writes is refused until it says each part that authorization must know', async t => {
  t.throws(() => registry([operation(sail)]), { message: /^boat\.sail: its class is write, and it does not say `target` \(the resource that it acts on\)/ })
  for (const [part, about] of Object.entries(REQUIRED_PARTS)) {
    refused({ [part]: undefined }, new RegExp(`^boat\\.sail: .*does not say \`${part}\` \\(${about}\\)`))
    refused({ [part]: none(' ') }, new RegExp(`^boat\\.sail: \`${part}\` is none\\(\\) without a reason`))
  }
  t.equal(registry([operation({ ...sail, ...NO_AUTHORIZATION })]).size, 1)
  t.equal(registry([operation({ ...sail, class: 'read' })]).size, 1, 'what only reads need not')
})

t.test('a reference, or a name, by an input that does not exist is refused', async () => {
  refused({ references: { inputs: ['anchor'], of: () => [] } }, /^boat\.sail: it names a resource by the input `anchor`, which does not exist/)
  refused({ renames: 'anchor' }, /^boat\.sail: it names a resource by the input `anchor`, which does not exist/)
})

t.test('a table of limits that lacks the row for an input is refused', async t => {
  t.equal(registry([operation({ ...sail, ...NO_AUTHORIZATION, limits })]).size, 1)
  refused({ limits: { ...limits, inputs: [] } }, /^boat\.sail: the limits have no row for the input `sails`/)
  refused({ limits: { ...limits, unlimited: { mast: 'it takes nothing' } } }, /^boat\.sail: `unlimited` has the input `mast`, which does not exist/)
  refused({ limits: { ...limits, unlimited: { sails: 'it takes nothing' } } }, /^boat\.sail: `unlimited` has the input `sails`, for which the limits have a row/)
})

t.test('every operation that writes has each part, or a reason', async t => {
  const writing = [...operations, expire].filter(({ class: kind }) => kind !== 'read')
  t.ok(writing.length > 50)
  for (const one of writing) {
    for (const part of ['target', 'references', 'ownershipLabels', 'limits', 'redact'] as const) {
      t.ok(one[part] !== undefined || /\w{3}/.test(one.none[part] ?? ''), `${one.name}: ${part}`)
      t.notOk(one[part] !== undefined && one.none[part] !== undefined, `${one.name}: ${part} is one of both`)
    }
  }
})

t.test('the start stops with one line that names the definition and what is missing', async t => {
  const server = join(import.meta.dirname, '../../src/server.js')
  const without = `export async function load (url, context, next) {
    const loaded = await next(url, context)
    return url.endsWith('/operations/docker/container-updates.js') ? { ...loaded, source: String(loaded.source).replace(/^ +limits: .*$/m, '') } : loaded
  }`
  const preload = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(without)}`)})`
  const args = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, server]
  const dataDir = t.testdir()
  const failed = await promisify(execFile)(process.execPath, args, { env: { ...process.env, CAISSON_DATA_DIR: dataDir, CAISSON_HOSTS: 'local=unix:///no/such/socket' } })
    .then(() => null, (error: { code: number, stderr: string }) => error)
  t.equal(failed?.code, 78)
  t.match(failed?.stderr, /^caisson: container\.update: its class is write, and it does not say `limits` \(.*\n$/)
  t.equal(failed?.stderr.trim().split('\n').length, 1)
})
