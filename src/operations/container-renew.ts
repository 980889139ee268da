import Type from 'typebox'
import { ContainerRef } from '../model/names.js'
import { operation, value } from '../operation/define.js'
import { LONGEST_SECONDS } from '../expiry/expirations.js'
import { closed } from '../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_NOTHING, LIMITED_AT_CREATE, NAMES_NOTHING_ELSE } from '../operation/none.js'

/** As an input: how long from now, or from the making. */
export const TtlSeconds = (description: string) => Type.Integer({ minimum: 1, maximum: LONGEST_SECONDS, description: `${description}, in seconds: a week at most` })

const Renewed = Type.Object({
  expiresAt: Type.String({ format: 'date-time', description: 'Until when it may live now; ISO 8601 UTC' })
}, { ...closed, title: 'ContainerRenewal', description: 'The time to live that a container was given' })

export const expiryOperations = [
  operation({
    name: 'container.renew',
    summary: 'Give a container another time to live',
    description: 'Counted from now, whatever was left: it may be shorter, too, so that whoever may do this can have the container removed. Only a container that was made with `ttlSeconds` has a time to live; one whose time is over is not given more.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/renew',
    input: Type.Object({ ...ContainerRef, ttlSeconds: TtlSeconds('How long it may live from now on') }, closed),
    output: value(Renewed),
    target: 'container',
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', 'ttlSeconds'],
    example: { host: 'local', id: 'caisson-example', ttlSeconds: 86_400 },
    async handler ({ host, id, ttlSeconds }, { expirations }) {
      return await expirations.renew({ host, id }, ttlSeconds)
    }
  })
]
