import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import spectralCore from '@stoplight/spectral-core'
import { oas } from '@stoplight/spectral-rulesets'
import { buildSchema, isInputObjectType } from 'graphql'
import t from 'tap'
import { parse } from 'yaml'
import { ensurePackages } from '../../scripts/lib/debian.mjs'
import { PYTHON, PYYAML } from '../../scripts/lib/test-packages.mjs'
import { openapiDocument } from '../../src/documents/openapi.js'
import { yamlOf } from '../../src/documents/yaml.js'
import { offeredOn } from '../../src/operation/registry.js'
import { operations } from '../../src/operations/index.js'

interface Node { readonly [name: string]: unknown }
interface Described { readonly operationId: string, readonly parameters?: ReadonlyArray<{ readonly name?: string, readonly $ref?: string, readonly description?: string }>, readonly responses: Readonly<Record<string, Node>>, readonly security?: readonly Node[] }

const file = 'openapi.yaml'
const document = parse(readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, Described>>, components: Record<string, Record<string, Node>> }
const described = Object.values(document.paths).flatMap(path => Object.values(path))

/** Every object in the document, with where it stands. */
function * objectsIn (value: unknown, at = ''): Generator<readonly [at: string, object: Node]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [at, value as Node]
  for (const [key, inner] of Object.entries(value)) yield * objectsIn(inner, `${at}/${key}`)
}

t.test('every operation is in both documents, and every input is described', async t => {
  for (const operation of operations) if (offeredOn(operation, 'rest')) t.ok(described.some(({ operationId }) => operationId === operation.name), operation.name)
  for (const { operationId, parameters = [] } of described) {
    t.same(parameters.filter(({ $ref, description = '' }) => $ref === undefined && description === ''), [], operationId)
  }
  for (const [name, { description = '' }] of Object.entries(document.components.parameters ?? {})) t.not(description, '', name)
  t.match(readFileSync('schema.graphql', 'utf8'), /^ {2}containers\(/m)
})

t.test('it is small enough to be read by tools: 450 KB', async t => {
  t.ok(statSync(file).size < 450_000, `${statSync(file).size} bytes`)
})

t.test('nothing in it is what generators pass over or stumble at', async t => {
  const at = (is: (object: Node) => boolean) => [...objectsIn(document)].filter(([, object]) => is(object)).map(([at]) => at)
  t.same(at(object => '$ref' in object && Object.keys(object).length > 1), [], 'words beside a $ref')
  t.same(at(object => 'patternProperties' in object), [], 'maps with patterns')
  t.same(at(({ type, default: preset }) => type === 'array' && preset !== undefined && !Array.isArray(preset)), [], 'an array with a default that is none')
  t.same(described.flatMap(({ operationId, responses }) => Object.keys(responses).filter(status => !/^[1-5]\d\d$/.test(status)).map(status => `${operationId} ${status}`)), [])
  t.same(at(({ in: place, type }) => place === 'query' && type === 'apiKey'), [], 'a credential in a query')
  for (const { operationId, security = [{ bearer: [] }] } of described) t.same(security.flatMap(way => Object.keys(way)).filter(name => name !== 'bearer'), [], operationId)
  const named = (name: string) => described.filter(({ operationId }) => operationId === name)
  t.match(named('container.list'), [{ 'x-ticket': true }])
  t.notOk(named('session.logout').some(operation => 'x-ticket' in operation), 'a session is ended by its own token')
})

t.test('an input has the same name in GraphQL, and the same fields', async t => {
  const { schemas = {} } = document.components
  const inputs = Object.values(buildSchema(readFileSync('schema.graphql', 'utf8')).getTypeMap()).filter(isInputObjectType)
  for (const type of inputs) {
    const schema = schemas[type.name] ?? schemas[type.name.replace(/Input$/, '')]
    // What stands in no body is in the header `Caisson-Input`, which is described in words.
    if (type.name === 'BuildUlimitInput') continue
    t.same(Object.keys(schema?.properties ?? {}).sort(), Object.keys(type.getFields()).sort(), type.name)
  }
  t.ok(inputs.length > 20)
})

t.test('readers of YAML 1.1 read the same: PyYAML', async t => {
  await ensurePackages([PYYAML])
  const read = (text: string) => JSON.parse(execFileSync(PYTHON, ['-c', 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin.buffer)))'], { input: text, encoding: 'utf8', maxBuffer: 1 << 24 }))
  t.same(read(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(openapiDocument(operations))))
  const words = ['=', '<<', 'no', 'on', 'y', '~', '12:30', '1e3', '017', '2026-11-30', '.inf', '1_000', '']
  const odd = { words, '=': 1, no: 2, 400: 3, deep: [{ pattern: '=' }, { why: 'what? this: [a], {b} # c' }] }
  t.same(read(yamlOf(odd)), odd)
})

t.test('Spectral has nothing against it', async t => {
  const spectral = new spectralCore.Spectral()
  spectral.setRuleset({ extends: [oas as never] })
  const found = (await spectral.run(openapiDocument(operations))).map(({ code, path }) => `${code} ${path[1]}`)
  // A channel is answered with 101 and nothing else: there is no success beside it.
  const channels = [...operations].filter(({ output }) => output.shape === 'channel').map(({ path }) => `operation-success-response /api/v1${path}`)
  t.same(found.sort(), channels.sort())
})
