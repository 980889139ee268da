import { isIPv6 } from 'node:net'

/** By what an address is counted: who has one IPv6 address has a whole /64 of them. */
export function networkOf (address: string): string {
  if (!isIPv6(address) || /^::ffff:\d+\./i.test(address)) return address
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeroes = tail === undefined ? 0 : 8 - left.length - right.length
  return [...left, ...Array<string>(Math.max(zeroes, 0)).fill('0'), ...right].slice(0, 4).join(':')
}
