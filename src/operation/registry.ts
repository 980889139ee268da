import { inputPlace, pathNames, type AnyOperation, type OfferedOn } from './define.js'

/** Who may be called without a token is a closed list: a definition can't open itself. */
const PUBLIC = new Set(['session.login', 'session.refresh'])

/** All operations there are, checked against one another. */
export interface Registry extends Iterable<AnyOperation> {
  get (name: string): AnyOperation | undefined
  readonly size: number
}

export function registry (operations: readonly AnyOperation[]): Registry {
  const byName = new Map<string, AnyOperation>()
  const taken = new Map<string, string>()
  const claim = (what: string, by: string) => {
    const owner = taken.get(what)
    if (owner !== undefined) throw new Error(`${by} and ${owner} both claim ${what}`)
    taken.set(what, by)
  }
  for (const operation of operations) {
    const { name } = operation
    claim(`the name ${name}`, name)
    for (const path of pathsOf(operation)) claim(`${operation.method} ${path.replaceAll(/\{\w+\}/g, '{}')}`, name)
    if (offeredOn(operation, 'graphql')) claim(`the GraphQL field ${graphqlField(operation)}`, name)
    if (operation.permission === 'public' && !PUBLIC.has(name)) throw new Error(`${name} may not be public: the list of what is, is closed`)
    byName.set(name, operation)
  }
  return { get: name => byName.get(name), size: byName.size, [Symbol.iterator]: () => byName.values() }
}

/** The operation's addresses below `/api/v1`, its own first. */
export const pathsOf = ({ path, acrossHosts }: AnyOperation): string[] => acrossHosts === undefined ? [path] : [path, acrossHosts]

/**
 * Whether a surface carries the operation today: what needs a link has no GraphQL field yet.
 */
export function offeredOn (operation: AnyOperation, surface: OfferedOn): boolean {
  if (operation.surfaces !== undefined && !operation.surfaces.includes(surface)) return false
  return surface === 'rest' || fitsGraphql(operation)
}

function fitsGraphql ({ output, upload }: AnyOperation): boolean {
  if (upload !== undefined) return false
  return output.shape === 'value' || output.shape === 'nothing' || output.shape === 'events'
}

/** Query for what is read by GET, Mutation for the rest, which may be a job; Subscription for events that are read. */
export function graphqlRoot ({ output, method, class: kind }: AnyOperation): 'Query' | 'Mutation' | 'Subscription' {
  if (output.shape === 'events' && kind === 'read') return 'Subscription'
  return method === 'GET' ? 'Query' : 'Mutation'
}

/** `container.stop` → `containerStop`, but for the few named by hand. */
export const graphqlField = ({ name, field }: Pick<AnyOperation, 'name' | 'field'>): string =>
  field ?? name.replaceAll(/\.(\w)/g, (_, letter: string) => letter.toUpperCase())

/** Where each input of a REST call is found, for one of the operation's addresses. */
export function placeOf (operation: AnyOperation, path: string, name: string): 'path' | 'query' | 'body' {
  return pathNames(path).includes(name) ? 'path' : inputPlace(operation)
}
