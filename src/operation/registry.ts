import type { OfferedOn } from '../model/kinds.js'
import { checkAuthorization } from './check-authorization.js'
import { KEY, inputPlace, needsLink, pathNames, type AnyOperation } from './define.js'
import { fieldByRule, graphqlField } from './graphql-field.js'

/** Who may be called without a token is a closed list: a definition can't open itself. */
const PUBLIC = new Set(['session.login', 'session.refresh'])

/** Whether a ticket can stand for a token: never for what has to do with sessions themselves. */
export const takesTickets = (operation: AnyOperation): boolean =>
  offeredOn(operation, 'rest') && operation.permission !== 'public' && !operation.name.startsWith('session.')

/** What the one credential that may stand in a query is called there. */
export const TICKET = 'ticket'

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
    if (operation.field === fieldByRule(name)) throw new Error(`${name} names its GraphQL field ${operation.field}, as it is called anyway`)
    if (operation.permission === 'public' && !PUBLIC.has(name)) throw new Error(`${name} may not be public: the list of what is, is closed`)
    if (operation.permission === 'internal') throw new Error(`${name} is for the gateway alone: it may not be offered`)
    if (TICKET in operation.input.properties) throw new Error(`${name}: no input may be called ${TICKET}: in a query that is a credential`)
    checkAuthorization(operation)
    if (KEY in operation.input.properties) throw new Error(`${name}: no input may be called ${KEY}: among the arguments of GraphQL that is the call's key`)
    byName.set(name, operation)
  }
  return { get: name => byName.get(name), size: byName.size, [Symbol.iterator]: () => byName.values() }
}

/** The operation's addresses below `/api/v1`, its own first. */
export const pathsOf = ({ path, acrossHosts }: AnyOperation): string[] => acrossHosts === undefined ? [path] : [path, acrossHosts]

/** Whether a surface carries the operation. Every shape has its form on each. */
export const offeredOn = ({ surfaces }: Pick<AnyOperation, 'surfaces'>, surface: OfferedOn): boolean =>
  surfaces === undefined || surfaces.includes(surface)

/** Query for what is read by GET, Mutation for the rest, which may be a job or a link; Subscription for events that are read. */
export function graphqlRoot (operation: AnyOperation): 'Query' | 'Mutation' | 'Subscription' {
  if (needsLink(operation)) return 'Mutation'
  const { output, method, class: kind } = operation
  if (output.shape === 'events' && kind === 'read') return 'Subscription'
  return method === 'GET' ? 'Query' : 'Mutation'
}

/** Where each input of a REST call is found, for one of the operation's addresses. */
export function placeOf (operation: AnyOperation, path: string, name: string): 'path' | 'query' | 'body' {
  return pathNames(path).includes(name) ? 'path' : inputPlace(operation)
}

declare module '../model/services.js' {
  interface Services {
    /** Everything there is to call. */
    readonly operations: Registry
  }
}
