import type { Limits } from '../../../authorization/limits/schema.js'
import { instead, overText } from './words.js'

type Namespace = NonNullable<Limits['namespaces']>[number]

/** Modes that share nothing of the host's. Those of another container are looked at as references. */
const OWN = new Set(['', 'default', 'private', 'none', 'shareable'])
const OTHERS = /^container:.+$/

/** A mode of a namespace: one of its own, another container's, or the host's. */
export const refuseNamespace = (namespace: Namespace) => overText<Limits>((mode, { namespaces }) => {
  if (OWN.has(mode) || OTHERS.test(mode)) return undefined
  if (mode !== 'host') return `${mode} is no mode that anybody has decided about: it takes the role admin`
  return namespaces?.includes(namespace) === true ? undefined : `host would share the host's ${namespace} namespace: ${instead(namespaces, 'no namespace of the host')}`
})

/** A network's name is its mode; which one may be stood on is a reference. */
export const refuseNetworkMode = overText<Limits>((mode, limits) => mode === 'host' ? refuseNamespace('network')(mode, limits) : undefined)
