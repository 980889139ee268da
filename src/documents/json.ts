/** JSON, as documents are made of it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined }
export type JsonObject = { readonly [name: string]: Json | undefined }

export const mapValues = <A, B>(object: Readonly<Record<string, A>>, change: (value: A, key: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))

/** By name, in alphabetical order. */
export const sorted = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => a < b ? -1 : 1))

export const isAlike = (a: JsonObject, b: JsonObject): boolean => JSON.stringify(a) === JSON.stringify(b)
