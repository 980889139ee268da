/** For schemas of objects that have the named properties and no others. */
export const closed = { additionalProperties: false } as const

/** For schemas of objects of which a newer engine may say more. */
export const open = { additionalProperties: true } as const
