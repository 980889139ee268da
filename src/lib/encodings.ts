/** What answers are compressed with; of what a client likes alike, the first is taken. */
const ENCODINGS = ['br', 'gzip'] as const
export type Encoding = typeof ENCODINGS[number]

/**
 * What a client wants an answer to be compressed with, by its `Accept-Encoding` (RFC 9110, 12.5.3); undefined: with
 * nothing. `*` stands for gzip, which everybody has.
 */
export function encodingIn (accept: unknown): Encoding | undefined {
  const weights = weightsIn(String(accept ?? ''))
  const weightOf = (encoding: Encoding): number => weights.get(encoding) ?? (encoding === 'gzip' ? weights.get('*') : undefined) ?? 0
  const [br, gzip] = ENCODINGS.map(weightOf) as [number, number]
  const most = Math.max(br, gzip)
  if (most === 0 || most < (weights.get('identity') ?? 0)) return undefined
  return br === most ? 'br' : 'gzip'
}

const weightsIn = (accept: string): Map<string, number> => new Map(accept.toLowerCase().split(',').map(part => {
  const [name = '', ...parameters] = part.split(';').map(word => word.trim())
  const weight = Number(parameters.find(word => word.startsWith('q='))?.slice(2) ?? 1)
  return [name, Number.isNaN(weight) ? 0 : weight]
}))
