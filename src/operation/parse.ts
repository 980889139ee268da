import { Compile, type Validator } from 'typebox/compile'
import Value from 'typebox/value'
import { invalidInput, type Fault } from '../errors.js'
import type { AnyOperation } from './define.js'

type Input = Record<string, unknown>

const validators = new WeakMap<AnyOperation, Validator>()

function validatorOf (operation: AnyOperation): Validator {
  let validator = validators.get(operation)
  if (validator === undefined) validators.set(operation, validator = Compile(operation.input))
  return validator
}

/**
 * The one reading of an input, alike for every surface: defaults are filled in, nothing is converted, unknown
 * names are refused.
 * @throws `invalid-input` with a pointer to each fault; the values themselves are never quoted, they may be secret.
 */
export function parse (operation: AnyOperation, raw: unknown): Input {
  if (!isObject(raw)) throw invalidInput(`${operation.name} takes an object of named inputs`, [{ path: '', message: 'must be an object' }])
  const validator = validatorOf(operation)
  const input: unknown = Value.Default(operation.input, structuredClone(raw))
  if (validator.Check(input)) return input as Input
  const faults = faultsOf(operation, validator.Errors(input) as readonly SchemaError[])
  throw invalidInput(`the input of ${operation.name} does not fit: ${faults.map(sentence).join('; ')}`, faults)
}

const isObject = (raw: unknown): raw is Input => typeof raw === 'object' && raw !== null && !Array.isArray(raw)

const sentence = ({ path, message }: Fault) => `${path === '' ? 'it' : path} ${message}`

interface SchemaError {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message: string
}

function faultsOf (operation: AnyOperation, errors: readonly SchemaError[]): Fault[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf').map(({ schemaPath }) => schemaPath)
  const inChoice = (error: SchemaError) => choices.some(choice => error.schemaPath.startsWith(`${choice}/anyOf/`))
  const faults = errors.filter(error => error.keyword !== 'boolean' && !inChoice(error)).flatMap(error => faultOf(operation, error))
  return [...new Map(faults.map(fault => [fault.path + fault.message, fault])).values()]
}

function faultOf (operation: AnyOperation, { keyword, schemaPath, instancePath, params, message }: SchemaError): Fault[] {
  const below = (names: unknown, message: string) =>
    (names as readonly string[]).map(name => ({ path: `${instancePath}/${escapePointer(name)}`, message }))
  if (keyword === 'required') return below(params.requiredProperties, 'is required')
  if (keyword === 'additionalProperties') return below(params.additionalProperties, `is not an input of ${operation.name}`)
  if (keyword === 'enum') return [{ path: instancePath, message: `must be one of ${(params.allowedValues as unknown[]).join(', ')}` }]
  return [{ path: instancePath, message: expectation(operation, schemaPath) ?? message }]
}

/** A schema may say in words what it expects (`x-expects`), where a pattern would say it to nobody. */
function expectation (operation: AnyOperation, schemaPath: string): string | undefined {
  let schema: unknown = operation.input
  for (const step of schemaPath.replace(/^#\/?/, '').split('/').filter(step => step !== '')) {
    schema = (schema as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  const words = (schema as Record<string, unknown> | undefined)?.['x-expects']
  return typeof words === 'string' ? `must be ${words}` : undefined
}

const escapePointer = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
