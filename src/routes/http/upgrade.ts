import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalidInput } from '../../lib/errors.js'
import type { AnyOperation } from '../../operation/define.js'
import { CHANNEL_PROTOCOLS } from '../websocket/channel-protocols.js'

/** RFC 6455: a nonce of 16 bytes as base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/

/**
 * An address that speaks no WebSocket refuses an upgrade with an HTTP answer, behind the authentication hook. The plugin would say yes
 * and close, and then wait for the client's own close.
 */
export function refuseStrayUpgrades (app: FastifyInstance): void {
  app.addHook('onRoute', route => { route.config = { ...route.config, websocket: route.wsHandler !== undefined } })
  app.addHook('onRequest', async request => {
    if (!request.ws || request.is404 || request.routeOptions.config.websocket === true) return
    throw invalidInput('this address speaks no WebSocket: ask without an upgrade')
  })
}

/**
 * What would be refused behind the handler, when something is open already, is refused in front of it.
 * @throws `upgrade-required`, `invalid-input`
 */
export function refuseUpgrade ({ output }: AnyOperation, { headers }: FastifyRequest): void {
  if (headers.upgrade?.toLowerCase() !== 'websocket') throw new Failure('upgrade-required', 'this address upgrades to websocket and to nothing else')
  if (headers['sec-websocket-version'] !== '13') throw invalidInput('the header Sec-WebSocket-Version must be 13')
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) throw invalidInput('the header Sec-WebSocket-Key must be 16 bytes as base64')
  if (output.shape !== 'channel') return
  const offered = protocolsIn(headers['sec-websocket-protocol'])
  if (offered.length > 0 && !offered.some(isOurs)) throw invalidInput(`the subprotocol must be ${CHANNEL_PROTOCOLS.join(' or ')}`)
}

/** Of what the client offers, in its order: one of a channel's if there is any, else the first. */
export const chooseProtocol = (offered: Set<string>): string | false => [...offered].find(isOurs) ?? [...offered][0] ?? false

const isOurs = (name: string): boolean => CHANNEL_PROTOCOLS.includes(name)

const protocolsIn = (header = ''): string[] => header.split(',').map(name => name.trim()).filter(name => name !== '')
