import Type from 'typebox'
import type { EngineObject } from '../../engine/objects.js'

/** What both sides can count to without losing a digit. */
const MAX_SAFE = Number.MAX_SAFE_INTEGER
export const MAX_INT32 = 2_147_483_647

/** The words of a spec's fields, all of them optional: what is not given is the engine's to decide. */
export const text = (description: string, rest: object = {}) => Type.Optional(Type.String({ maxLength: 4096, description, ...rest }))
export const longText = (description: string) => Type.String({ maxLength: 131_072, description })
export const words = (description: string, maxItems = 10_000, each: object = {}) => Type.Optional(Type.Array(Type.String({ maxLength: 131_072, ...each }), { maxItems, description }))
export const flag = (description: string) => Type.Optional(Type.Boolean({ description }))
export const integer = (description: string, minimum = 0, maximum = MAX_SAFE) => Type.Optional(Type.Integer({ minimum, maximum, description }))
export const bytes = (description: string, minimum = 0) => integer(`${description}, in bytes`, minimum)
export const list = <S extends Parameters<typeof Type.Array>[0]>(item: S, description: string, maxItems = 1000) => Type.Optional(Type.Array(item, { maxItems, description }))

/** For keys that fit no pattern. Not plain `false`: filling in defaults stumbles over that. */
export const ONLY_THESE = { additionalProperties: { not: {} } } as const

/** Closed, because a key with a line break fits no pattern, and its value would then be looked at by nobody. */
export const textMap = (description: string) => Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 131_072 }), { ...ONLY_THESE, description }))

/** A duration that the engine counts in nanoseconds; it takes none between 0 and a millisecond. */
export const fractionalSeconds = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000_000, description: `${description}, in seconds; fractions down to 0.001` }))

const NANOS = 1_000_000_000
export const nanoseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.round(seconds * NANOS)

/** Without the fields that were not given. */
export const given = (fields: EngineObject): EngineObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** Fields that the engine takes as they are, under names of its own. */
export const renamed = <T extends object>(spec: T, names: Partial<Record<keyof T & string, string>>): EngineObject =>
  given(Object.fromEntries(Object.entries(names).map(([field, name]) => [String(name), spec[field as keyof T]])))

/** The same, where a part of a spec is an object of its own; nothing where it is not given. */
export const part = <T extends object>(spec: T | undefined, names: Partial<Record<keyof T & string, string>>): EngineObject | undefined =>
  spec === undefined ? undefined : renamed(spec, names)
