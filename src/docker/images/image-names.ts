/** Engines before API 1.43 write `<none>:<none>` where there is none. */
export const isNamed = (reference: string): boolean => !reference.startsWith('<none>')

/** In how many repositories these references are. */
export const repositories = (references: readonly string[]): number =>
  new Set(references.map(reference => reference.replace(/@.*$/, '').replace(/:[^:/]*$/, ''))).size
