import type { FastifyRequest } from 'fastify'
import type { Failure } from '../lib/errors.js'
import type { Actor } from '../model/caller.js'
import type { Surface } from '../model/kinds.js'
import type { Services } from '../model/services.js'
import type { Call } from '../operation/context.js'
import type { Registry } from '../operation/registry.js'

export interface GraphqlOptions {
  readonly registry: Registry
  readonly contextOf: (request: FastifyRequest, surface: Surface) => Call & Services
  /** Who a whole `Authorization` header stands for. @throws `unauthenticated` */
  readonly authenticate: (authorization: string, address: string) => Promise<Actor>
  /** Told of what is refused before it comes to an operation, which would record it itself. */
  readonly onRefused?: (request: FastifyRequest, failure: Failure) => void
}
