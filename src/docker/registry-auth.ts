import Type, { type Static } from 'typebox'
import { Closed } from './models/common.js'

const secret = (description: string) => Type.Optional(Type.String({ maxLength: 16_384, description }))

export const RegistryAuth = Type.Object({
  username: secret('The user at the registry'),
  password: secret('The password or access token'),
  identityToken: secret('A refresh token, instead of user and password'),
  serverAddress: secret('The registry; that of the reference when absent')
}, { ...Closed, title: 'RegistryAuth', description: 'How to sign in to the registry. It goes to the engine and is kept nowhere.' })

/** As the engine takes it: JSON in base64url. */
export function registryHeader (auth: Static<typeof RegistryAuth> | undefined): string | undefined {
  if (auth === undefined) return undefined
  const { username, password, identityToken: identitytoken, serverAddress: serveraddress } = auth
  return Buffer.from(JSON.stringify({ username, password, identitytoken, serveraddress })).toString('base64url')
}
