import type { Container } from './container.js'
import { MASK, withoutCredentials } from '../../images/models/credentials.js'
import type { ImageHistory } from '../../images/models/image-history.js'
import type { Image } from '../../images/models/image.js'
import type { Volume, VolumeSummary } from '../../volumes/models/volume.js'
import type { Static } from 'typebox'

type Env = Readonly<Record<string, string | null>>
type Raw = object

/** The same container without the values of its environment, and without credentials among what its drivers were given. */
export const maskedContainer = (container: Container): Container =>
  ({ ...container, env: maskedEnv(container.env), logOptions: withoutCredentials(container.logOptions), raw: maskedDrivers(maskedRaw(container.raw)) })

export const maskedImage = (image: Image): Image => ({ ...image, env: maskedEnv(image.env), raw: maskedRaw(image.raw) })

export const maskedVolumeRow = (volume: VolumeSummary): VolumeSummary => ({ ...volume, options: withoutCredentials(volume.options) })

export const maskedVolume = (volume: Volume): Volume =>
  ({ ...volume, options: withoutCredentials(volume.options), status: withoutCredentials(volume.status), raw: maskedFields(volume.raw, ['Options', 'Status']) })

/** A build writes the values of `ENV` and of build arguments into its steps. */
export const maskedHistory = ({ items }: Static<typeof ImageHistory>): Static<typeof ImageHistory> =>
  ({ items: items.map(item => ({ ...item, createdBy: maskedStep(item.createdBy) })) })

const maskedEnv = (env: Env): Record<string, string | null> =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value === null ? null : MASK]))

/** The engine's own object has them once as they are, and an image's once more as its last step had them. */
const maskedRaw = (raw: Raw): Raw => ({ ...raw, ...maskedPart(raw, 'Config'), ...maskedPart(raw, 'ContainerConfig') })

/** The log's, and those of volumes that its mounts make. */
function maskedDrivers (raw: Raw): Raw {
  const { HostConfig: config } = raw as { HostConfig?: Raw }
  return config === undefined ? raw : { ...raw, HostConfig: maskedFields(config, ['LogConfig', 'Mounts']) }
}

const maskedFields = (raw: Raw, names: readonly string[]): Raw =>
  ({ ...raw, ...Object.fromEntries(Object.entries(raw).filter(([name]) => names.includes(name)).map(([name, value]) => [name, withoutCredentials(value)])) })

function maskedPart (raw: Raw, part: string): Raw {
  const config: unknown = (raw as Readonly<Record<string, unknown>>)[part]
  if (typeof config !== 'object' || config === null) return {}
  const { Env: lines, Cmd: command } = config as { Env?: unknown, Cmd?: unknown }
  const env = Array.isArray(lines) ? { Env: lines.map(line => maskedLine(String(line))) } : {}
  // The last step of a build stands in the command of what the image was made from.
  const step = part === 'ContainerConfig' && Array.isArray(command) ? { Cmd: command.map(word => maskedStep(String(word))) } : {}
  return { [part]: { ...config, ...env, ...step } }
}

const maskedLine = (line: string): string => line.includes('=') ? `${line.slice(0, line.indexOf('='))}=${MASK}` : line

/** `ENV NAME=value …`, `ARG NAME=value`, and `|2 NAME=value OTHER=value /bin/sh -c …` of a step with build arguments: values have no end that can be told. */
function maskedStep (step: string): string {
  const [, head] = /^((?:\/bin\/sh -c #\(nop\)\s+)?(?:ENV|ARG)\s+[^=\s]+)[=\s]/.exec(step) ?? []
  if (head !== undefined) return `${head}=${MASK}`
  const [, count] = /^\|(\d+) /.exec(step) ?? []
  if (count === undefined || count === '0') return step
  const shell = step.lastIndexOf(' /bin/sh -c ')
  return `|${count} ${MASK}${shell < 0 ? '' : step.slice(shell)}`
}
