import type { Access } from '../authorization/access.js'
import { Failure } from '../lib/errors.js'
import type { Services } from '../model/services.js'
import type { ResourceKind } from '../model/resource.js'
import { visibilityOf } from '../authorization/target-resolver.js'

interface Asking extends Pick<Services, 'targets'> { readonly access: Access }

/** What ids and the names of endpoints look like in an engine's words. */
const ID = /\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b/g
const NAME = /\bname:"([^"]+)"/g
/** So many are looked at; an error of more has the others taken out. */
const MOST = 20
const KINDS = ['container', 'network', 'image'] as const satisfies readonly ResourceKind[]

/** Whether the caller may know of what is called so. What can't be found is nothing that they know. */
export async function mayKnow ({ access, targets }: Asking, host: string, kind: ResourceKind, reference: string): Promise<boolean> {
  try {
    const found = await targets[kind].resolve(reference, { host }, visibilityOf(access, host))
    return access.knows({ ...found, kind })
  } catch { return false }
}

/**
 * An engine's refusal tells what is in the way, be it the caller's or not: ids and names of what they may not know of are taken
 * out of its words, as such rows are out of lists. Their own, and what they have said themselves, stay.
 */
export async function withoutHidden (error: unknown, input: Readonly<Record<string, unknown>>, asking: Asking & { readonly target?: { readonly id: string } }): Promise<unknown> {
  const { host } = input
  if (!(error instanceof Failure) || typeof host !== 'string' || asking.access.seesAll(host)) return error
  const { code, detail, errors, retryAfterSeconds, rule } = error
  const said = `${JSON.stringify(input)} ${asking.target?.id ?? ''}`
  const hidden = await hiddenIn(detail, said, asking, host)
  if (hidden.length === 0) return error
  const words = hidden.reduce((text, one) => text.replaceAll(one, '…'), detail).replaceAll(/…(?:, …)+/g, '…')
  return new Failure(code, words, { errors, retryAfterSeconds, rule, cause: error.cause })
}

async function hiddenIn (detail: string, said: string, asking: Asking, host: string): Promise<string[]> {
  const ids = [...detail.matchAll(ID)].map(([id]) => id)
  const names = [...detail.matchAll(NAME)].map(([, name = '']) => name)
  const strange = [...new Set([...ids, ...names])].filter(one => !said.includes(one))
  const known = await Promise.all(strange.map(async (one, at) => at < MOST && await isKnown(asking, host, one, names.includes(one) ? ['container'] : KINDS)))
  return strange.filter((_, at) => known[at] !== true)
}

async function isKnown (asking: Asking, host: string, one: string, kinds: readonly ResourceKind[]): Promise<boolean> {
  for (const kind of kinds) if (await mayKnow(asking, host, kind, one)) return true
  return false
}
