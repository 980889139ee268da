import Type from 'typebox'

/** One platform of an image that may have several. */
export const ImagePlatform = (description: string) => Type.String({
  maxLength: 64,
  pattern: '^[a-z0-9]+(/[a-z0-9_]+){1,2}$',
  description: `${description}, e.g. \`linux/arm64\` or \`linux/arm/v7\``,
  'x-expects': 'an operating system and an architecture such as "linux/amd64"'
})

export interface OciPlatform { readonly os?: string | undefined, readonly architecture?: string | undefined, readonly variant?: string | undefined }

/** As the engine's newer parameters take it: an OCI platform in JSON. */
export function platformJson (platform: string | undefined): string | undefined {
  if (platform === undefined) return undefined
  const [os, architecture, variant] = platform.split('/')
  return JSON.stringify({ os, architecture, ...(variant === undefined ? {} : { variant }) })
}

/** An OCI platform as people write it; undefined where it says nothing. */
export function platformText ({ os = '', architecture = '', variant = '' }: OciPlatform = {}): string | undefined {
  const text = [os, architecture, variant].filter(part => part !== '').join('/')
  return text === '' || text.startsWith('unknown') ? undefined : text
}
