import Type, { type Static } from 'typebox'
import { closed } from '../model/objects.js'

const secret = (description: string) => Type.Optional(Type.String({ maxLength: 16_384, description }))

export const RegistryAuth = Type.Object({
  username: secret('The user at the registry'),
  password: secret('The password or access token'),
  identityToken: secret('A refresh token, instead of user and password'),
  serverAddress: secret('The registry; that of the reference when absent')
}, { ...closed, title: 'RegistryAuth', description: 'How to sign in to the registry. It goes to the engine and is kept nowhere.' })

export type RegistryAuth = Static<typeof RegistryAuth>

/** Engines insist on the header, even from those who do not sign in. */
export const NOBODY = Buffer.from('{}').toString('base64')

/** As the engine takes it for one registry. */
export const registryHeader = (auth: RegistryAuth | undefined): string | undefined =>
  auth === undefined ? undefined : encoded(engineAuth(auth))

/** As the engine takes it for a build, by registry. */
export const registriesHeader = (auths: Readonly<Record<string, RegistryAuth>> | undefined): string | undefined =>
  auths === undefined ? undefined : encoded(Object.fromEntries(Object.entries(auths).map(([registry, auth]) => [registry, engineAuth({ serverAddress: registry, ...auth })])))

const engineAuth = ({ username, password, identityToken: identitytoken, serverAddress: serveraddress }: RegistryAuth) =>
  ({ username, password, identitytoken, serveraddress })

/** JSON in base64url with its padding: without it an engine reads no credentials at all, and says nothing. */
function encoded (value: object): string {
  const text = Buffer.from(JSON.stringify(value)).toString('base64url')
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}
