import type Docker from 'dockerode'
import Type from 'typebox'
import { containerObject } from '../docker/targets.js'
import { ContainerRef } from '../model/names.js'
import { stopDeadlineMs, stopSeconds } from '../docker/containers/stop-time.js'
import { Failure, type Code } from '../lib/errors.js'
import { checkAuthorization } from '../operation/check-authorization.js'
import { nothing, operation } from '../operation/define.js'
import { ANSWER_IS_PLAIN, CREATES_NOTHING, GIVES_NOTHING, NAMES_NOTHING_ELSE } from '../operation/none.js'

/** What it has instead of an end that never comes. */
const STOP_SECONDS = 10
/** Four containers of a host are ended at a time: one that would take an hour is in the way of all others that are due. */
const LONGEST_STOP_SECONDS = 30

/** What ends a container whose time is over. It goes through `invoke()` like any call, and no surface offers it. */
export const expire = operation({
  name: 'container.expire',
  summary: 'Stop and remove a container whose time to live is over',
  description: 'Its process is asked to stop first, and has the time that the container gives it, 30 seconds at most. Its anonymous volumes go with it.',
  class: 'write',
  method: 'POST',
  path: '/hosts/{host}/containers/{id}/expire',
  permission: 'internal',
  surfaces: [],
  input: Type.Object({
    ...ContainerRef,
    expiresAt: Type.String({ format: 'date-time', description: 'When its time was over' }),
    givenBy: Type.String({ description: 'The id of the call that made it and gave it its time' })
  }, { additionalProperties: false }),
  output: nothing(),
  target: 'container',
  references: NAMES_NOTHING_ELSE,
  ownershipLabels: CREATES_NOTHING,
  limits: GIVES_NOTHING,
  redact: ANSWER_IS_PLAIN,
  audit: ['host', 'id', 'expiresAt', 'givenBy'],
  example: { host: 'local', id: 'caisson-example', expiresAt: '2026-01-31T12:00:00.000Z', givenBy: '01K0000000000000000000CA11' },
  async handler ({ host, id }, { hosts, target }) {
    const { containers } = hosts.get(host)
    // One that is paused, or ends in this moment, is refused by the engine, and removed all the same.
    const container = containerObject(target)
    const timeoutSeconds = timeOf(container)
    await unless(['not-found', 'conflict'], containers.stop(id, { timeoutSeconds, deadlineMs: stopDeadlineMs(container, timeoutSeconds) }))
    await unless(['not-found'], containers.remove(id, { force: true, volumes: true }))
  }
})

// No registry holds it, which would do so.
checkAuthorization(expire)

/** One that the engine removes by itself may be gone, or on its way, before it is removed here. */
async function unless (codes: readonly Code[], call: Promise<void>): Promise<void> {
  try { await call } catch (error) {
    if (!(error instanceof Failure) || !(codes.includes(error.code) || /removal of container \S+ is already in progress/.test(error.detail))) throw error
  }
}

/** Without an end of its own (-1) it has the usual one. */
function timeOf (container: Docker.ContainerInspectInfo): number {
  const seconds = stopSeconds(container)
  return seconds < 0 ? STOP_SECONDS : Math.min(seconds, LONGEST_STOP_SECONDS)
}
