/** One of the engine's list filters, as an input has it. */
type Filter = ReadonlyArray<string | number> | string | boolean

/** Filters as the engine takes them: lists of words, under names such as `is-task`. */
export function engineFilters (filters: Readonly<Record<string, Filter | undefined>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(filters).flatMap(([name, filter]) => filter === undefined ? [] : [[dashed(name), [filter].flat().map(String)]]))
}

const dashed = (name: string) => name.replaceAll(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)
