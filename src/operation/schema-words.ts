/** What schemas say to programs, said to people. */

export interface SchemaNode {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly SchemaNode[]
  readonly items?: SchemaNode
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly patternProperties?: object
  readonly 'x-expects'?: string
}

const stepsOf = (path: string): string[] =>
  path.replace(/^#?\/?/, '').split('/').filter(step => step !== '').map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))

const walk = (from: unknown, path: string): unknown =>
  stepsOf(path).reduce<unknown>((at, step) => typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined, from)

/** The part of a schema that a fault is about. */
export const nodeAt = (schema: object, path: string): SchemaNode | undefined => walk(schema, path) as SchemaNode | undefined

export const valueAt = (input: unknown, path: string): unknown => walk(input, path)

const TYPES: Readonly<Record<string, readonly [one: string, several: string]>> = {
  string: ['a text', 'texts'],
  integer: ['a whole number', 'whole numbers'],
  number: ['a number', 'numbers'],
  boolean: ['true or false', 'truths'],
  object: ['an object', 'objects'],
  null: ['null', 'nulls']
}

/** What is to be given, e.g. "a text or a list of texts". */
export function wordsFor (schema: SchemaNode): string {
  if (schema['x-expects'] !== undefined) return schema['x-expects']
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(wordsFor))].join(' or ')
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
  if (schema.type === 'array') return `a list of ${several(schema.items)}`
  if (schema.type === 'object' && schema.required !== undefined) return `an object with ${schema.required.join(', ')}`
  return TYPES[schema.type ?? '']?.[0] ?? 'something else'
}

const several = (schema: SchemaNode = {}): string =>
  schema.anyOf === undefined ? TYPES[schema.type ?? '']?.[1] ?? 'values' : [...new Set(schema.anyOf.map(several))].join(' or ')

/** Which member of a choice somebody meant: the only one of the value's type, or whose fixed words it has. */
export function closestBranch (schema: SchemaNode | undefined, value: unknown): number | undefined {
  const fitting = (schema?.anyOf ?? []).map((member, index) => ({ member, index })).filter(({ member }) => isOfType(member, value))
  const [only, another] = fitting.length < 2 ? fitting : fitting.filter(({ member }) => hasWords(member, value))
  return another === undefined ? only?.index : undefined
}

function isOfType ({ type }: SchemaNode, value: unknown): boolean {
  if (Array.isArray(value)) return type === 'array'
  if (value === null) return type === 'null'
  const is: string = typeof value
  return type === is || (is === 'number' && type === 'integer')
}

/** Objects of several shapes say by a word which they are. */
function hasWords ({ properties = {} }: SchemaNode, value: unknown): boolean {
  const fixed = Object.entries(properties).filter(([, { const: word }]) => word !== undefined)
  return fixed.length > 0 && fixed.every(([name, { const: word }]) => valueAt(value, `/${name}`) === word)
}
