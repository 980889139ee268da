import { none } from '../../src/authorization/authorization-spec.js'

const reason = none('it is made up for a test, and does nothing')

/** What a made-up operation has that writes: none of what authorization must know. */
export const NO_AUTHORIZATION = { target: reason, references: reason, ownershipLabels: reason, limits: reason, redact: reason } as const
