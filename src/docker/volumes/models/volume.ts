import Type, { type Static } from 'typebox'
import { exactOf } from '../../../lib/exact-json.js'
import { isoOrNothing } from '../../../engine/times.js'
import { DateTime, Raw, Text, TextMap } from '../../../engine/models/common.js'
import type { EngineVolume } from '../../../engine/objects.js'
import { closed } from '../../../model/objects.js'

const fields = {
  host: Text('The host it is on'),
  name: Text('Its name, which is its id as well'),
  createdAt: Type.Optional(DateTime('When it was created; absent where the driver does not know')),
  driver: Text('E.g. `local`'),
  mountpoint: Text('Where it is on the host; empty where the driver does not say'),
  scope: Text('`local`, or `global` where it spans hosts'),
  options: TextMap('The driver\'s options'),
  labels: TextMap('Its labels; keys are as their makers wrote them')
}

export const VolumeSummary = Type.Object(fields, { ...closed, title: 'VolumeSummary', description: 'A volume as a list shows it' })
export type VolumeSummary = Static<typeof VolumeSummary>

export const Volume = Type.Object({
  ...fields,
  status: Type.Object({}, { additionalProperties: true, description: 'What its driver tells of it, in its own words; empty where it tells nothing' }),
  raw: Raw
}, { ...closed, title: 'Volume', description: 'A volume in full' })
export type Volume = Static<typeof Volume>

export const volumeSummary = (host: string, volume: EngineVolume): VolumeSummary => ({
  host,
  name: volume.Name,
  ...createdOf(isoOrNothing(volume.CreatedAt)),
  driver: volume.Driver,
  mountpoint: volume.Mountpoint ?? '',
  scope: volume.Scope,
  options: volume.Options ?? {},
  labels: volume.Labels ?? {}
})

/** The engine writes it in its own time zone. */
const createdOf = (time: string | undefined) => time === undefined ? {} : { createdAt: new Date(time).toISOString() }

export const volumeOf = (host: string, volume: EngineVolume): Volume =>
  ({ ...volumeSummary(host, volume), status: { ...volume.Status }, raw: { ...exactOf(volume) } })
