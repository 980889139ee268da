import { none } from '../authorization/authorization-spec.js'

// Reasons that definitions share for having none of a required part (REQUIRED_PARTS).

export const CREATES_ITS_TARGET = none('what it is about is not there before the call')
export const MANY_TARGETS = none('it is about many resources: the handler takes those alone that the caller may remove')
export const NAMES_NOTHING_ELSE = none('its input names nothing but what the call is about')
export const CREATES_NOTHING = none('it creates no resource on a host')
export const LIMITED_AT_CREATE = none('the limits were applied when the resource was created, and it gives no more')
export const GIVES_NOTHING = none('it only takes away')
export const ANSWER_IS_PLAIN = none('its answer has no values of environment variables and no credentials')

/** For what is about the gateway's own records: users, roles, tokens, jobs. */
export const NOT_ON_A_HOST = {
  references: none('what its input names is checked by its handler, in the gateway\'s own store'),
  ownershipLabels: none('it creates nothing on a host'),
  limits: none('limits are about what is created on a host'),
  redact: none('what is secret is not part of the record that it answers')
} as const

/** For what creates a record of the gateway. */
export const NEW_RECORD = { ...NOT_ON_A_HOST, target: CREATES_ITS_TARGET } as const
