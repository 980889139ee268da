import type { Limits } from '../../../authorization/limits/schema.js'
import { blockOf, liesIn } from '../../../authorization/limits/subnets.js'
import { instead, overText } from './words.js'

/** What a network takes for its own is no longer what the host reaches there, be it its neighbours or the rest of the world. */
const refuse = (what: string, fits: (text: string) => boolean) => overText<Limits>((text, { subnets = [] }) => {
  if (text === '') return undefined
  const block = fits(text) ? blockOf(text) : undefined
  if (block === undefined) return `${text} is no ${what}`
  const isWithin = subnets.some(subnet => {
    const outer = blockOf(subnet)
    return outer !== undefined && liesIn(block, outer)
  })
  return isWithin ? undefined : `${text} may not be chosen: ${instead(subnets, 'no addresses but those that the engine chooses')}`
})

export const refuseSubnet = refuse('subnet such as 10.5.0.0/16', text => text.includes('/'))
export const refuseAddress = refuse('address such as 10.5.0.1', text => !text.includes('/'))
