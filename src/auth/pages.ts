import Type, { type TSchema } from 'typebox'
import { invalidField } from '../lib/errors.js'

/** The inputs of a list of records. */
export const PageInputs = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'How many items at most' })),
  cursor: Type.Optional(Type.String({ maxLength: 256, description: 'The `nextCursor` of the page before' }))
}

/** What a list of records answers. */
export const page = <S extends TSchema>(title: string, item: S, description: string) => Type.Object({
  items: Type.Array(item, { description }),
  nextCursor: Type.Optional(Type.String({ description: 'Gives the next page; absent on the last' }))
}, { additionalProperties: false, title, description: `${description}, in pages` })

/** Lists in the order of a name go on behind the last one. */
export const nameCursor = (name = ''): string => Buffer.from(name).toString('base64url')

export function nameIn (cursor: string, isOne: (text: string) => boolean): string {
  const name = Buffer.from(cursor, 'base64url').toString()
  if (!isOne(name)) throw invalidField('cursor', 'is not a cursor of this list')
  return name
}

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/

/** Lists in the order of their ids: the last id is the cursor. */
export function idIn (cursor: string): string {
  if (!ULID.test(cursor)) throw invalidField('cursor', 'is not a cursor of this list')
  return cursor
}
