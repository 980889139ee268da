import { Transform, pipeline, type Readable } from 'node:stream'
import type { NamedResource } from '../authorization/authorization-spec.js'
import type { Context } from './context.js'
import { isStream, type AnyOperation } from './define.js'
import { isLast } from './events.js'
import { mayKnow } from './hidden.js'
import type { Resource } from '../model/resource.js'

/** What the caller may see of what a handler gave: the rows that policy lets through, and values unless they are redacted. */
export function redact (operation: AnyOperation, result: unknown, context: Context): unknown {
  const seen = operation.rowFilter === undefined ? result : filterRows(operation, result, context)
  return operation.redact === undefined || maySeeSecrets(context) ? seen : operation.redact(seen as never)
}

/**
 * Whoever may exec into a container reads its environment anyway. An image's is that of the containers made of it. What
 * a volume's driver was given is known to whoever may make it.
 */
function maySeeSecrets ({ access, target }: Context): boolean {
  if (target?.within !== undefined) return access.allows('container.exec', target.within)
  if (target?.kind === 'volume') return access.allows('volume.create', { ...target, kind: target.kind })
  if (target?.kind !== 'container' && target?.kind !== 'image') return access.actor?.admin === true
  return access.allows('container.exec', { ...target, kind: target.kind })
}

function filterRows (operation: AnyOperation, result: unknown, context: Context): unknown {
  const { access } = context
  const resource = operation.rowFilter?.resource as ((row: unknown) => Resource | null) | undefined
  if (resource === undefined || access.actor?.admin === true) return result
  const isSeen = (row: unknown) => {
    const about = resource(row)
    return about === null || access.allows(operation.name, about)
  }
  if (isStream(operation.output)) return filterStream(result as Readable, row => isLast(row) || isSeen(row), rowFor(operation, context))
  const { items, ...rest } = result as { items: readonly unknown[] }
  return { ...rest, items: items.filter(isSeen) }
}

/** Rows whose look is remembered. */
const ROWS = 1000

type RowFor = (row: unknown) => unknown

/** A row as a caller may see it. What was seen once stays known when it is gone, as long as the stream: its rights are the same. */
function rowFor ({ rowFilter }: AnyOperation, context: Context): RowFor {
  const named = rowFilter?.names as ((row: unknown) => NamedResource | undefined) | undefined
  if (named === undefined) return row => row
  const known = new Map<string, Promise<boolean>>()
  return row => {
    const name = named(row)
    if (name === undefined || context.access.seesAll(name.host)) return row
    const { kind, host, reference, without } = name
    const key = `${kind} ${host} ${reference}`
    if (known.size >= ROWS) known.clear()
    const look = known.get(key) ?? mayKnow(context, host, kind, reference)
    known.set(key, look)
    return look.then(is => is ? row : without())
  }
}

/** Destroying it lets go of the source. */
function filterStream (source: Readable, isSeen: (item: unknown) => boolean, rowFor: RowFor): Readable {
  const seen = new Transform({
    objectMode: true,
    highWaterMark: 16,
    transform (item, _encoding, done) {
      if (!isSeen(item)) { done(); return }
      const row = rowFor(item)
      if (row instanceof Promise) row.then(row => { done(null, row) }, done)
      else done(null, row)
    }
  })
  return pipeline(source, seen, () => {})
}
