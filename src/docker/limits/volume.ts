import { free, never, parts, together, type Row, type Rows } from './rows.js'
import { refuseVolume } from './rules/volumes.js'

/** The body of a volume's create. */
export const VOLUME: Rows = {
  Name: free,
  Driver: together,
  DriverOpts: together,
  Labels: free,
  ClusterVolumeSpec: never('volumeDrivers', 'a volume of a swarm')
}

export const VOLUME_ROW: Row = parts(VOLUME, ({ Driver, DriverOpts }, limits) => {
  const refused = refuseVolume(Driver, DriverOpts, limits)
  return refused === undefined ? [] : [{ ...refused, at: [DriverOpts === undefined ? 'Driver' : 'DriverOpts'] }]
})
