import type { AnyOperation } from './define.js'

/**
 * The operation's field in GraphQL. A list is the plural of its noun (`network.list`: `networks`), an inspect the noun alone
 * (`network.inspect`: `network`), and any other operation noun and verb (`network.connect`: `networkConnect`). A definition has a `field`
 * only where its noun has no plural, or is not needed.
 */
export const graphqlField = ({ name, field }: Pick<AnyOperation, 'name' | 'field'>): string => field ?? fieldByRule(name)

/** What the rule alone makes of a name. */
export function fieldByRule (name: string): string {
  const [noun = '', verb = ''] = name.split('.')
  if (verb === 'inspect') return noun
  return verb === 'list' ? pluralOf(noun) : noun + verb.charAt(0).toUpperCase() + verb.slice(1)
}

/** Of a regular English noun: `image`, `registry`, `box`. */
function pluralOf (noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`
  return /(?:s|x|z|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`
}
