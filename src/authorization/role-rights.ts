import type { AuthorizedOperation } from './authorization-spec.js'
import type { AuthorizedOperations } from './authorization-spec.js'
import type { Limits } from './limits/schema.js'
import { matcher } from './patterns.js'

/** What a role comes to: names of operations, and the kinds of resources that they are about. */
export interface Rights { readonly operations: ReadonlySet<string>, readonly kinds: ReadonlySet<string> }

const KINDS = ['host', 'image', 'container', 'network', 'volume', 'exec', 'system']
const of = (kinds: readonly string[], ...verbs: string[]): string[] => kinds.flatMap(kind => verbs.map(verb => `${kind}.${verb}`))

const VIEWER = of(KINDS.filter(kind => kind !== 'exec'), 'list', 'inspect', 'history', 'logs', 'stats', 'top', 'port', 'diff', 'info', 'version', 'events', 'diskUsage')
const OPERATOR = [...VIEWER, ...of(['container'], 'start', 'stop', 'restart', 'kill', 'pause', 'unpause', 'wait', 'resize', 'rename', 'update', 'renew')]
const DEVELOPER = [
  ...OPERATOR,
  ...of(['container', 'network', 'volume', 'image', 'system'], 'create', 'run', 'remove', 'prune'),
  ...of(['container'], 'check', 'exec', 'attach', 'copyIn', 'copyOut', 'stat', 'commit', 'export'),
  ...of(['exec'], 'attach', 'resize', 'inspect'),
  ...of(['network'], 'connect', 'disconnect'),
  ...of(['image'], 'build', 'distribution', 'pull', 'push', 'tag', 'load', 'import', 'save')
]

export const ADMIN_ROLE = 'admin'

/** The roles that are always there. Each but `auditor` has what the one before it has. */
export const BUILT_IN: Readonly<Record<string, { readonly operations: readonly string[], readonly description: string }>> = {
  viewer: { operations: VIEWER, description: 'Looks at what is there: lists, details, logs, statistics, events' },
  operator: { operations: OPERATOR, description: 'Runs what is there: starts, stops, renames and changes containers' },
  developer: { operations: DEVELOPER, description: 'Makes, changes and removes containers, images, networks and volumes, and works inside them' },
  auditor: { operations: ['audit.*'], description: 'Reads the journal' },
  [ADMIN_ROLE]: { operations: ['*'], description: 'Everything, without limits; on all hosts and without a match also users, groups, roles and grants' }
}

const SAFE: Limits = {}

/** Of the built-in roles the admin's alone has none. */
export const builtInLimits = (role: string): Limits | null => role === ADMIN_ROLE ? null : SAFE

/** What a role can have at all: what is one's own needs no role, and what is the admins' is in no other. */
export const isGrantable = ({ permission }: Pick<AuthorizedOperation, 'permission'>): boolean => permission === undefined

/** What patterns come to among the operations there are. */
export function rightsOf (registry: AuthorizedOperations, patterns: readonly string[]): Rights {
  const matchers = patterns.map(matcher)
  const granted = [...registry].filter(operation => isGrantable(operation) && matchers.some(matches => matches(operation.name)))
  return { operations: new Set(granted.map(({ name }) => name)), kinds: new Set(granted.flatMap(kindsOf)) }
}

const kindsOf = ({ target, rowFilter }: AuthorizedOperation): string[] => [...target === undefined ? [] : [target], ...rowFilter?.kinds ?? []]
