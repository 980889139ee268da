import Type from 'typebox'

/** What documents say of the type itself, where a place that uses it has words of its own. */
export const TYPE_DESCRIPTION = 'x-about'
/** The schema whose properties an input has among others: documents tell it once, by its title. */
export const INCLUDES = 'x-includes'
/** What each value means: where documents look for it. */
export const MEANINGS = 'x-enumDescriptions'

interface Place<V> { readonly default?: V, readonly description?: string }

/** One of a few words, each with what it means. A place may have a default, and words of its own. */
export const choice = <const V extends Readonly<Record<string, string>>>(title: string, about: string, meanings: V, place: Place<keyof V & string> = {}) =>
  Type.Enum(Object.keys(meanings) as Array<keyof V & string>, { title, description: about, ...place, [TYPE_DESCRIPTION]: about, [MEANINGS]: meanings })

/** What a schema of a text says of itself where it is told once, by its title, and places that use it have words of their own. */
export const named = (title: string, about: string) => ({ title, [TYPE_DESCRIPTION]: about })
