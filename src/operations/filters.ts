import Type from 'typebox'

/** A filter of a list that takes one whole text. */
export const exactText = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }))
