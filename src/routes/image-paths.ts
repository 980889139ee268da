import { pathsOf, type Registry } from '../operation/registry.js'
import { PREFIX } from './rest.js'

/** What stands in front of an image's name in an address. */
const BEFORE = new RegExp(`^(${PREFIX}/hosts/[^/?]+/images/)([^/?][^?]*/[^?]*)`)
const NAME = '/hosts/{host}/images/{image}'

/**
 * Names of images have slashes, and people write them into an address as they are: `/images/team/app:1/history`. They are
 * encoded before the router sees them. A name that ends like an operation's own path (`team/history`) needs `%2F`.
 */
export function imagePaths (registry: Registry): (request: { readonly method?: string, readonly url?: string }) => string {
  const ends = new Map<string, string[]>()
  for (const operation of registry) {
    for (const path of pathsOf(operation)) if (path.startsWith(NAME)) ends.set(operation.method, [...ends.get(operation.method) ?? [], path.slice(NAME.length)])
  }
  return ({ method = '', url = '' }) => {
    if (!url.includes('/images/')) return url
    return url.replace(BEFORE, (whole, before: string, rest: string) => {
      const path = rest.replace(/\/$/, '')
      const end = (ends.get(method === 'HEAD' ? 'GET' : method) ?? []).find(end => end !== '' && path.endsWith(end)) ?? ''
      return ends.has(method === 'HEAD' ? 'GET' : method) ? before + path.slice(0, path.length - end.length).replaceAll('/', '%2F') + end : whole
    })
  }
}
