import Type, { type Static } from 'typebox'
import { invalidInput, type Fault } from '../lib/errors.js'
import type { Registry } from '../operation/registry.js'
import { Limits } from '../authorization/limits/schema.js'
import { matcher } from '../authorization/patterns.js'
import { isGrantable } from '../authorization/role-rights.js'
import { CreatedAt } from './names.js'

export const OperationPattern = Type.String({
  maxLength: 64,
  pattern: '^(?:\\*|[a-z][A-Za-z]*|\\*[A-Za-z]+)(?:\\*)?(?:\\.(?:\\*?[A-Za-z]*\\*?))?$',
  description: 'The name of an operation, or a pattern over names in which `*` stands for anything: `container.stop`, `container.*`, `*.inspect`',
  'x-expects': 'the name of an operation such as "container.stop", or a pattern such as "container.*"'
})

export const OperationPatterns = Type.Array(OperationPattern, { minItems: 1, maxItems: 500, description: 'Which operations: names, or patterns over names' })

export const Role = Type.Object({
  name: Type.String({ description: 'Its name' }),
  description: Type.Optional(Type.String({ description: 'What it is for' })),
  builtIn: Type.Boolean({ description: 'Whether it is always there, and can\'t be changed' }),
  operations: Type.Array(Type.String(), { description: 'Which operations it has: names, or patterns over names' }),
  limits: Type.Optional(Limits),
  createdAt: Type.Optional(CreatedAt)
}, { additionalProperties: false, title: 'Role', description: 'Operations that are granted together' })
export type Role = Static<typeof Role>

/** @throws `invalid-input` for a pattern that no operation fits, or that fits only what no role can give */
export function checkOperations (operations: Registry, patterns: readonly string[]): void {
  const faults = patterns.flatMap((pattern, at): Fault[] => {
    const message = faultOf(operations, pattern)
    return message === undefined ? [] : [{ path: `/operations/${at}`, message }]
  })
  if (faults.length > 0) throw invalidInput(faults.map(({ path, message }) => `${path} ${message}`).join('; '), faults)
}

function faultOf (operations: Registry, pattern: string): string | undefined {
  const named = [...operations].filter(({ name }) => matcher(pattern)(name))
  if (named.some(isGrantable)) return undefined
  if (named.length === 0) return pattern.includes('*') ? `is ${pattern}, which no operation fits` : `is ${pattern}, and there is no such operation`
  if (named.some(({ permission }) => permission === 'admin')) return `is ${pattern}, which is for admins alone: no role but admin has it`
  return `is ${pattern}, which everybody may do with what is their own: it takes no role`
}
