import { posix } from 'node:path'
import type { Limits } from '../../../authorization/limits/schema.js'
import { fitsOne, instead, overText } from './words.js'

export const refuseDevice = overText<Limits>((path, { devices }) => {
  const clean = posix.normalize(path)
  return clean.startsWith('/') && fitsOne(devices, clean) ? undefined : `${clean} is a device of the host that you may not use: ${instead(devices)}`
})

export const refuseDeviceRule = overText<Limits>((rule, { deviceCgroupRules = [] }) =>
  deviceCgroupRules.includes(rule) ? undefined : `${rule} may not be set: ${instead(deviceCgroupRules)}`)

export const refuseDeviceRequest = (_request: unknown, { deviceRequests = false }: Limits): string | undefined =>
  deviceRequests ? undefined : 'devices that drivers of the host give are not yours to ask for'
