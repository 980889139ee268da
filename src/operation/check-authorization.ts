import { REQUIRED_PARTS, type RequiredPart } from '../authorization/authorization-spec.js'
import { pathNames, type AnyOperation } from './define.js'

const PARTS = Object.entries(REQUIRED_PARTS) as ReadonlyArray<readonly [RequiredPart, string]>

/**
 * Whether a definition says all that authorization must know: what it forgets would be allowed.
 * @throws a plain error in one line that names the operation and what is missing
 */
export function checkAuthorization (operation: AnyOperation): void {
  if (operation.class !== 'read') for (const [part, about] of PARTS) checkPart(operation, part, about)
  checkReferences(operation)
  checkLimits(operation)
}

function checkPart (operation: AnyOperation, part: RequiredPart, about: string): void {
  const reason = operation.none[part]
  if (operation[part] === undefined && reason === undefined) throw new Error(`${operation.name}: its class is ${operation.class}, and it does not say \`${part}\` (${about}); where it has none, say none('why')`)
  if (reason?.trim() === '') throw new Error(`${operation.name}: \`${part}\` is none() without a reason`)
}

function checkReferences ({ name, references, renames, input }: AnyOperation): void {
  const named = [...references?.inputs ?? [], ...renames === undefined ? [] : [renames]]
  const absent = named.find(field => !(field in input.properties))
  if (absent !== undefined) throw new Error(`${name}: it names a resource by the input \`${absent}\`, which does not exist`)
}

/** Each input of a call that limits apply to has a row in their tables, or says why it needs none. */
function checkLimits ({ name, path, limits, input }: AnyOperation): void {
  if (limits === undefined) return
  const known = new Set([...pathNames(path), ...limits.inputs, ...Object.keys(limits.unlimited)])
  const missing = Object.keys(input.properties).find(field => !known.has(field))
  if (missing !== undefined) throw new Error(`${name}: the limits have no row for the input \`${missing}\`; where none of them speaks of it, say why under \`unlimited\``)
  const absent = Object.keys(limits.unlimited).find(field => !(field in input.properties))
  if (absent !== undefined) throw new Error(`${name}: \`unlimited\` has the input \`${absent}\`, which does not exist`)
  const both = Object.keys(limits.unlimited).find(field => limits.inputs.includes(field))
  if (both !== undefined) throw new Error(`${name}: \`unlimited\` has the input \`${both}\`, for which the limits have a row`)
}
