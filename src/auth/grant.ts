import Type, { type Static } from 'typebox'
import { invalidInput, pointerTo, type Fault } from '../lib/errors.js'
import { RESERVED_LABELS, isReserved } from '../model/resource.js'
import type { Registry } from '../operation/registry.js'
import { takesMatch } from '../authorization/effective-grant.js'
import { isImagePattern } from '../authorization/patterns.js'
import { rightsOf } from '../authorization/role-rights.js'
import { Quota } from '../authorization/quota.js'
import { CreatedAt } from './names.js'
import { closed } from '../model/objects.js'

export const HostPatterns = Type.Array(Type.String({
  maxLength: 64,
  pattern: '^[a-z0-9*][a-z0-9*._-]*$',
  description: 'The name of a host, or a pattern in which `*` stands for anything, e.g. `prod-*`',
  'x-expects': 'a host\'s name, or a pattern such as "prod-*": hosts have lower-case letters, digits, ".", "_" and "-" in their names'
}), { minItems: 1, maxItems: 100, description: 'On which hosts; `["*"]` for all of them' })

const patterns = (what: string, pattern: string, expects: string) => Type.Array(
  Type.String({ minLength: 1, maxLength: 512, pattern, description: 'A pattern in which `*` stands for anything', 'x-expects': expects }),
  { minItems: 1, maxItems: 100, description: what })

export const MatchInput = Type.Object({
  labels: Type.Optional(Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 4096 }), { minProperties: 1, description: 'Labels that it has, with just these values: all of them. Whoever creates through the grant gets them written' })),
  names: Type.Optional(patterns('Its name fits one of these', '^[a-zA-Z0-9*][a-zA-Z0-9_.*-]*$', 'a pattern over names such as "web-*": letters, digits, "_", "." and "-"')),
  images: Type.Optional(patterns('Its image fits one of these, e.g. `registry:5000/team/*`; without a tag, every tag. A grant with these gives writes to images of such names, and to no other', '^\\S+$', 'a pattern over image references such as "registry:5000/team/*"')),
  owner: Type.Optional(Type.Literal('self', { description: '`self`: whoever has the grant made it' }))
}, { ...closed, minProperties: 1, title: 'GrantMatch', description: 'What a grant is narrowed to; all that is said must hold' })

export const Grant = Type.Object({
  id: Type.String({ description: 'The id' }),
  user: Type.Optional(Type.String({ description: 'The username of who has it' })),
  group: Type.Optional(Type.String({ description: 'The name of the group that has it' })),
  role: Type.String({ description: 'The role that it gives' }),
  hosts: Type.Array(Type.String(), { description: 'On which hosts: names, or patterns' }),
  match: Type.Optional(MatchInput),
  quota: Type.Optional(Quota),
  createdAt: CreatedAt
}, { ...closed, title: 'Grant', description: 'A role for a user or a group, on some hosts' })
export type Grant = Static<typeof Grant>

export type MatchInput = Static<typeof MatchInput>

interface Given { readonly match?: MatchInput, readonly operations: readonly string[], readonly role: string }

/** @throws `invalid-input` for a match that nothing could ever fit, or that the role has no use for */
export function checkMatch (registry: Registry, { match, operations, role }: Given): void {
  if (match === undefined) return
  const rights = rightsOf(registry, operations).operations
  const faults = [...labelFaults(match), ...imageFaults(match)]
  if (![...registry].some(operation => rights.has(operation.name) && takesMatch(operation))) faults.push({ path: '/match', message: `does not go with the role ${role}, which has nothing to do with single containers, images, networks or volumes` })
  if (faults.length > 0) throw invalidInput(faults.map(({ path, message }) => `${path} ${message}`).join('; '), faults)
}

function labelFaults ({ labels = {} }: MatchInput): Fault[] {
  return Object.keys(labels).flatMap((key): Fault[] => {
    const path = pointerTo('match', 'labels', key)
    if (isReserved(key)) return [{ path, message: `is a label under ${RESERVED_LABELS}, which nobody can give what they create: for one's own resources say "owner": "self"` }]
    // eslint-disable-next-line no-control-regex
    return /^[^=\s\u0000-\u001f]{1,256}$/.test(key) ? [] : [{ path, message: 'is no label\'s name: 1 to 256 characters without "=" and blanks' }]
  })
}

function imageFaults ({ images = [] }: MatchInput): Fault[] {
  return images.flatMap((pattern, at): Fault[] => isImagePattern(pattern) ? [] : [{ path: `/match/images/${at}`, message: `is ${pattern}, which no image reference could ever fit` }])
}
