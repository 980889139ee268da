import Type, { type Static } from 'typebox'
import { invalidField } from '../lib/errors.js'
import type { AuthorizedOperations } from './authorization-spec.js'
import { rightsOf } from './role-rights.js'

/** What engines give at least. */
const LEAST_MEMORY = 6 * 1024 * 1024

/** What all containers together may have that were made by one grant, whoever of a group made them. */
export const Quota = Type.Object({
  containers: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'How many there may be, running or not', 'x-expects': 'a whole number, 1 at least' })),
  memoryBytes: Type.Optional(Type.Integer({ minimum: LEAST_MEMORY, maximum: Number.MAX_SAFE_INTEGER, description: 'Their memory together, in bytes; each says how much it has, or is given it by the role', 'x-expects': `a number of bytes, ${LEAST_MEMORY} at least` })),
  cpus: Type.Optional(Type.Number({ minimum: 0.01, maximum: 1_000_000, description: 'Their CPU together, in cores; each says how much it has, or is given it by the role', 'x-expects': 'a number of cores, 0.01 at least' }))
}, { additionalProperties: false, title: 'Quota', description: 'What all containers together may have that are made by the grant, on all its hosts, whoever makes them; an empty one is none' })

export type Quota = Static<typeof Quota>

export const isQuota = (quota: Quota | undefined): quota is Quota => quota !== undefined && Object.keys(quota).length > 0

/** @throws `invalid-input` for a quota of what the role makes none of */
export function checkQuota (registry: AuthorizedOperations, { quota, operations, role }: { readonly quota?: Quota, readonly operations: readonly string[], readonly role: string }): void {
  if (!isQuota(quota)) return
  const rights = rightsOf(registry, operations).operations
  if (!rights.has('container.create') && !rights.has('container.run')) throw invalidField('quota', `does not go with the role ${role}, which makes no containers`)
}
