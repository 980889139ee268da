import { Compile, type Validator } from 'typebox/compile'
import { Settings } from 'typebox/system'
import { invalidInput, type Fault } from '../lib/errors.js'
import { LIMITS } from '../model/input-limits.js'
import { fillOf, type Fill } from './defaults.js'
import type { AnyOperation } from './define.js'
import { numberTexts } from '../model/number-texts.js'
import { closestBranch, nodeAt, valueAt, wordsFor, type SchemaNode } from './schema-words.js'

type Input = Record<string, unknown>

// The library stops at eight, which a choice of several shapes uses up for one fault.
Settings.Set({ maxErrors: 4 * LIMITS.faults })

interface Reader { readonly texts: ReturnType<typeof numberTexts>, readonly fill: Fill, readonly validator: Validator }

const readers = new WeakMap<AnyOperation, Reader>()

function readerOf (operation: AnyOperation): Reader {
  let reader = readers.get(operation)
  if (reader === undefined) readers.set(operation, reader = { texts: numberTexts(operation.input), fill: fillOf(operation.input) ?? (value => value), validator: Compile(operation.input) })
  return reader
}

/**
 * The one reading of an input, alike for every surface: defaults are filled in, nothing is converted, unknown
 * names are refused. What is too large to be a real input is refused by its size, before it is looked at.
 * @throws `invalid-input` with a pointer to each fault; the values themselves are never quoted, they may be secret.
 */
export function parse (operation: AnyOperation, raw: unknown): Input {
  if (!isObject(raw)) throw invalidInput(`${operation.name} takes an object of named inputs`, [{ path: '', message: 'must be an object' }])
  const strays = strayNames(operation, raw)
  if (strays.length > LIMITS.faults) throw refusal(operation, strays)
  if (!fits(raw, LIMITS.values)) throw refusal(operation, [{ path: '', message: `has more than ${LIMITS.values} values in it` }])
  const nuls = nulFaults(operation, raw)
  if (nuls.length > 0) throw refusal(operation, nuls)
  const { texts, fill, validator } = readerOf(operation)
  const input = fill(texts(raw))
  if (validator.Check(input)) return input as Input
  throw refusal(operation, faultsOf(operation, validator.Errors(input) as readonly SchemaError[], input))
}

const isObject = (raw: unknown): raw is Input => typeof raw === 'object' && raw !== null && !Array.isArray(raw)

/** One more than are told is enough to know that there are too many. */
function strayNames ({ name: operation, input }: AnyOperation, raw: Input): Fault[] {
  const strays: Fault[] = []
  if ((input as { additionalProperties?: unknown }).additionalProperties !== false) return strays
  for (const name in raw) {
    if (!Object.hasOwn(input.properties, name) && strays.push(stray(operation, `/${escapePointer(name)}`)) > LIMITS.faults) break
  }
  return strays
}

const stray = (operation: string, path: string): Fault => ({ path, message: `is not an input of ${operation}` })

/** Counts no further than it must. */
function fits (raw: unknown, limit: number): boolean {
  const open: unknown[] = [raw]
  let count = 0
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value) && count + value.length > limit) return false
    for (const name in value as Input) {
      if (++count > limit) return false
      const inner = (value as Input)[name]
      if (typeof inner === 'object' && inner !== null) open.push(inner)
    }
  }
  return true
}

/** No name, path or argument of an engine's or a system's has one: what stands behind it would be lost, or the call half done. */
const NUL = '\0'

/** An input may be bytes for somebody, in which a NUL is as good as any other character. */
const isData = ({ input }: AnyOperation, name: string): boolean => (input.properties[name] as Readonly<Record<string, unknown>> | undefined)?.['x-data'] === true

/** Depth has no bound but that of values: no recursion. */
function nulFaults (operation: AnyOperation, raw: Input): Fault[] {
  const faults: Fault[] = []
  const open: Array<readonly [value: unknown, path: string]> = Object.entries(raw).flatMap(([name, value]) => isData(operation, name) ? [] : [[value, `/${escapePointer(name)}`] as const])
  for (let next = open.pop(); next !== undefined && faults.length < LIMITS.faults; next = open.pop()) {
    const [value, path] = next
    if (typeof value === 'string' && value.includes(NUL)) faults.push({ path, message: 'may not have a NUL in it' })
    if (typeof value !== 'object' || value === null) continue
    for (const name in value) {
      if (name.includes(NUL)) faults.push({ path, message: 'may have no name with a NUL in it' })
      else open.push([(value as Input)[name], `${path}/${escapePointer(name)}`])
    }
  }
  return faults
}

function refusal ({ name }: AnyOperation, faults: readonly Fault[]) {
  const told = faults.slice(0, LIMITS.faults)
  const more = faults.length > LIMITS.sentences ? '; and more' : ''
  return invalidInput(`the input of ${name} does not fit: ${told.slice(0, LIMITS.sentences).map(sentence).join('; ')}${more}`, told)
}

const sentence = ({ path, message }: Fault) => `${path === '' ? 'it' : path} ${message}`

interface SchemaError {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message: string
}

/** Where one of several shapes fits, or should, and which of them was meant. */
interface Choice { readonly schemaPath: string, readonly instancePath: string, readonly branch: number | undefined }

function faultsOf (operation: AnyOperation, errors: readonly SchemaError[], input: unknown): Fault[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf')
  const meant = choices.map(({ schemaPath, instancePath }): Choice => ({ schemaPath, instancePath, branch: closestBranch(nodeAt(operation.input, schemaPath), valueAt(input, instancePath)) }))
  const told = errors.filter(error => meant.every(choice => isTold(error, choice)))
  // Errors are counted, too: those of what was meant may have been too many to come.
  const faults = (told.length > 0 ? told : choices).flatMap(error => faultOf(operation, error))
  return [...new Map(faults.map(fault => [fault.path + fault.message, fault])).values()]
}

/** Of a choice, the faults of the one that was meant; where that can't be told, those of the choice itself. */
function isTold ({ keyword, schemaPath, instancePath }: SchemaError, choice: Choice): boolean {
  const { branch } = choice
  if (!`${instancePath}/`.startsWith(`${choice.instancePath}/`)) return true
  if (schemaPath === choice.schemaPath && keyword === 'anyOf') return branch === undefined
  if (!schemaPath.startsWith(`${choice.schemaPath}/anyOf/`)) return true
  return branch !== undefined && `${schemaPath}/`.startsWith(`${choice.schemaPath}/anyOf/${branch}/`)
}

function faultOf (operation: AnyOperation, { keyword, schemaPath, instancePath, params, message }: SchemaError): Fault[] {
  // A name too many is told by the schema `false` that it meets; the list of all of them has no bound.
  if (keyword === 'additionalProperties') return []
  if (keyword === 'boolean') return schemaPath.endsWith('/additionalProperties') ? [stray(operation.name, instancePath)] : []
  if (keyword === 'required') return (params.requiredProperties as readonly string[]).map(name => ({ path: `${instancePath}/${escapePointer(name)}`, message: 'is required' }))
  if (keyword === 'enum') return [{ path: instancePath, message: `must be one of ${(params.allowedValues as unknown[]).join(', ')}` }]
  const schema = nodeAt(operation.input, schemaPath)
  return [{ path: instancePath, message: expectation(schema) ?? (keyword === 'anyOf' && schema !== undefined ? `must be ${wordsFor(schema)}` : message) }]
}

/** A schema may say in words what it expects (`x-expects`), where a pattern would say it to nobody. */
function expectation (schema: SchemaNode | undefined): string | undefined {
  const words = schema?.['x-expects']
  return typeof words === 'string' ? `must be ${words}` : undefined
}

const escapePointer = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
