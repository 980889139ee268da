import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import { isApiToken } from '../auth/api-tokens.js'
import type { SigningKeys } from '../auth/sessions/keys.js'
import { failureOf, unauthenticated } from '../lib/errors.js'
import type { Claims } from '../auth/sessions/sessions.js'
import type { Actor, TokenSigner } from '../model/caller.js'
import type { Authenticate } from './authenticate.js'

const ISSUER = 'caisson'
const AUDIENCE = 'caisson-api'
const ALGORITHM = 'EdDSA'
const LIFETIME_SECONDS = 15 * 60
const CLOCK_TOLERANCE_MS = 5000
/** Far above a real one; what is longer is not worth the parsing. */
const TOKEN_CHARACTERS = 4096

/** Access tokens: JWTs by @fastify/jwt, with one fixed algorithm, one known key, and every claim required. */
export async function registerTokens (app: FastifyInstance, key: SigningKeys): Promise<void> {
  await app.register(fastifyJwt, {
    secret: { private: key.privateKey, public: key.publicKey },
    sign: { algorithm: ALGORITHM, kid: key.id, iss: ISSUER, aud: AUDIENCE, expiresIn: LIFETIME_SECONDS * 1000 },
    verify: {
      algorithms: [ALGORITHM],
      allowedIss: ISSUER,
      allowedAud: AUDIENCE,
      requiredClaims: ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub', 'sid', 'sv', 'typ'],
      clockTolerance: CLOCK_TOLERANCE_MS,
      cache: false
    },
    decode: { complete: true }
  })
}

export function tokenSigner (app: FastifyInstance): TokenSigner {
  return {
    lifetimeSeconds: LIFETIME_SECONDS,
    sign: claims => app.jwt.sign({ ...claims, typ: 'access', nbf: Math.floor(Date.now() / 1000) })
  }
}

/** Who a whole `Authorization` header stands for; what stands for nobody is counted. @throws `unauthenticated` */
export const authenticator = (app: FastifyInstance, key: SigningKeys): Authenticate => async (authorization, address) => {
  try { return await bearer(app, key, authorization, address) } catch (error) {
    if (failureOf(error).code === 'unauthenticated') app.services.metrics.invalidCredential('token')
    throw error
  }
}

async function bearer (app: FastifyInstance, key: SigningKeys, authorization: string, address: string): Promise<Actor> {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  if (token === undefined) throw unauthenticated('the Authorization header must read "Bearer" and a token')
  if (isApiToken(token)) return await app.services.apiTokens.authenticate(token, address)
  return await app.services.sessions.authenticate(verifyToken(app, key, token))
}

/** @throws `unauthenticated`, with the same words whatever is wrong with the token */
function verifyToken (app: FastifyInstance, key: SigningKeys, token: string): Claims {
  const refuse = (cause?: unknown) => unauthenticated('the token is not valid, or no longer: sign in again', { cause })
  if (token.length > TOKEN_CHARACTERS) throw refuse()
  try {
    const decoded = app.jwt.decode<{ header: { kid?: unknown, alg?: unknown } }>(token)
    if (decoded === null || decoded.header.kid !== key.id || decoded.header.alg !== ALGORITHM) throw refuse()
    const claims = app.jwt.verify<Record<string, unknown>>(token)
    if (claims.typ !== 'access' || !isAccess(claims)) throw refuse()
    return claims
  } catch (error) { throw refuse(error) }
}

function isAccess (claims: Record<string, unknown>): claims is Record<string, unknown> & Claims {
  const { sub, sid, sv, jti } = claims
  return typeof sub === 'string' && typeof sid === 'string' && typeof sv === 'number' && typeof jti === 'string'
}
