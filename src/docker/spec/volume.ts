import Type, { type Static, type TProperties } from 'typebox'
import { VolumeName } from '../../model/names.js'
import type { EngineObject } from '../../engine/objects.js'
import { renamed, text, textMap } from './fields.js'

/** What a volume is made of. */
export const NewVolume = {
  name: Type.Optional(Type.String({ ...VolumeName, description: 'Its name; the engine makes one up when absent' })),
  driver: text('What keeps it; `local` when absent'),
  options: textMap('Options of the driver, e.g. `{"type": "tmpfs", "device": "tmpfs", "o": "size=100m"}`'),
  labels: textMap('Labels')
} satisfies TProperties

export type NewVolume = Static<ReturnType<typeof Type.Object<typeof NewVolume>>>

export const volumeBody = (volume: NewVolume): EngineObject =>
  renamed(volume, { name: 'Name', driver: 'Driver', options: 'DriverOpts', labels: 'Labels' })
