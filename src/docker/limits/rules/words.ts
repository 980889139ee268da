import { matcher } from '../../../authorization/patterns.js'

/** What is allowed instead, for the person who reads the refusal. */
export const instead = (allowed: readonly string[] = [], without = 'none'): string =>
  `your grant allows ${allowed.length === 0 ? without : allowed.join(', ')}`

export const fitsOne = (patterns: readonly string[] | undefined, text: string): boolean => patterns?.some(pattern => matcher(pattern)(text)) === true

/** A rule over texts; what is no text is none that anybody allowed. */
export const overText = <L>(rule: (text: string, limits: L) => string | undefined) => (value: unknown, limits: L): string | undefined =>
  typeof value === 'string' ? rule(value, limits) : 'must be a text'

/** A text that is nothing, or fits one of those that are allowed. */
export const oneOf = <L>(what: string, allowedBy: (limits: L) => readonly string[] | undefined) => overText<L>((text, limits) => {
  const allowed = allowedBy(limits)
  // Of what is a path, a way around leads out of what a pattern means.
  if (text.split('/').includes('..')) return `${text} is written in a roundabout way: no ".."`
  return text === '' || fitsOne(allowed, text) ? undefined : `${text} is no ${what} that you may use: ${instead(allowed)}`
})
