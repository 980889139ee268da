import { BlockList, isIP } from 'node:net'

interface Block { readonly version: 4 | 6, readonly address: string, readonly prefix: number }

const BITS = { 4: 32, 6: 128 } as const

/** As an engine reads it: an IPv4 address in the clothes of an IPv6 one is IPv4 to it, and nobody need write it so. */
const isPlain = (address: string): boolean => !/%|^::ffff:/i.test(canonical(address))

const canonical = (address: string): string => isIP(address) === 6 && !address.includes('%') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address

/** A block of addresses as in `10.5.0.0/16`; an address is a block of itself. undefined: it is none. */
export function blockOf (text: string): Block | undefined {
  const [address = '', length, ...more] = text.split('/')
  const version = isIP(address)
  if ((version !== 4 && version !== 6) || more.length > 0 || !isPlain(address)) return undefined
  if (length === undefined) return { version, address, prefix: BITS[version] }
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > BITS[version]) return undefined
  return { version, address, prefix: Number(length) }
}

/** Whether all of the one lies within the other. */
export function liesIn (inner: Block, outer: Block): boolean {
  if (inner.version !== outer.version || inner.prefix < outer.prefix) return false
  const family = outer.version === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(outer.address, outer.prefix, family)
  return list.check(inner.address, family)
}
