import Type, { type Static } from 'typebox'

/** What a role limits of what may be created. There is nothing to limit yet: whatever is named is refused. */
export const Limits = Type.Object({}, { additionalProperties: false, title: 'Limits', description: 'Limits on what may be created; there are none yet, so that it is empty' })

export type Limits = Static<typeof Limits>
