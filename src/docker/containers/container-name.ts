/** A container's name as an inspect has it, without the slash before it; a reference as callers write it. */
export const bareName = (name: string): string => name.replace(/^\//, '')

/** An entry of a list is called what it is called itself, and `/other/alias` by each container that has a link to it. */
const ITS_OWN = /^\/?[^/]+$/

/** The name of a container in a list: of its `Names` the one with a single slash, and never a link's alias. */
export const nameOf = (names: readonly string[] | null | undefined): string => bareName(names?.find(name => ITS_OWN.test(name)) ?? '')

/** Whether a container is found by what the filter `name` asks for, and not by a link's alias alone, by which engines find it as well. */
export function isCalled (names: readonly string[] | null | undefined, words: readonly string[]): boolean {
  if (names === null || names === undefined || names.every(name => ITS_OWN.test(name))) return true
  const name = nameOf(names)
  return words.some(word => name.includes(word) || fits(word, name) || fits(word, `/${name}`))
}

/** As engines read it: a regular expression. One that can't be read here was read there. */
function fits (word: string, name: string): boolean {
  try { return new RegExp(word).test(name) } catch { return true }
}
