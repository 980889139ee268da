import type { Container } from './container.js'
import { REDACTED, withoutCredentials } from '../../images/models/credentials.js'
import type { ImageHistory } from '../../images/models/image-history.js'
import type { Image } from '../../images/models/image.js'
import type { Volume, VolumeSummary } from '../../volumes/models/volume.js'
import type { Static } from 'typebox'

type Env = Readonly<Record<string, string | null>>
type Raw = object

/** The same container without the values of its environment, and without credentials among what its drivers were given. */
export const redactContainer = (container: Container): Container =>
  ({ ...container, env: redactEnv(container.env), logOptions: withoutCredentials(container.logOptions), raw: redactDrivers(redactRaw(container.raw)) })

export const redactImage = (image: Image): Image => ({ ...image, env: redactEnv(image.env), raw: redactRaw(image.raw) })

export const redactVolumeRow = (volume: VolumeSummary): VolumeSummary => ({ ...volume, options: withoutCredentials(volume.options) })

export const redactVolume = (volume: Volume): Volume =>
  ({ ...volume, options: withoutCredentials(volume.options), status: withoutCredentials(volume.status), raw: redactFields(volume.raw, ['Options', 'Status']) })

/** A build writes the values of `ENV` and of build arguments into its steps. */
export const redactHistory = ({ items }: Static<typeof ImageHistory>): Static<typeof ImageHistory> =>
  ({ items: items.map(item => ({ ...item, createdBy: redactStep(item.createdBy) })) })

const redactEnv = (env: Env): Record<string, string | null> =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value === null ? null : REDACTED]))

/** The engine's own object has them once as they are, and an image's once more as its last step had them. */
const redactRaw = (raw: Raw): Raw => ({ ...raw, ...redactPart(raw, 'Config'), ...redactPart(raw, 'ContainerConfig') })

/** The log's, and those of volumes that its mounts make. */
function redactDrivers (raw: Raw): Raw {
  const { HostConfig: config } = raw as { HostConfig?: Raw }
  return config === undefined ? raw : { ...raw, HostConfig: redactFields(config, ['LogConfig', 'Mounts']) }
}

const redactFields = (raw: Raw, names: readonly string[]): Raw =>
  ({ ...raw, ...Object.fromEntries(Object.entries(raw).filter(([name]) => names.includes(name)).map(([name, value]) => [name, withoutCredentials(value)])) })

function redactPart (raw: Raw, part: string): Raw {
  const config: unknown = (raw as Readonly<Record<string, unknown>>)[part]
  if (typeof config !== 'object' || config === null) return {}
  const { Env: lines, Cmd: command } = config as { Env?: unknown, Cmd?: unknown }
  const env = Array.isArray(lines) ? { Env: lines.map(line => redactLine(String(line))) } : {}
  // The last step of a build stands in the command of what the image was made from.
  const step = part === 'ContainerConfig' && Array.isArray(command) ? { Cmd: command.map(word => redactStep(String(word))) } : {}
  return { [part]: { ...config, ...env, ...step } }
}

const redactLine = (line: string): string => line.includes('=') ? `${line.slice(0, line.indexOf('='))}=${REDACTED}` : line

/** `ENV NAME=value …`, `ARG NAME=value`, and `|2 NAME=value OTHER=value /bin/sh -c …` of a step with build arguments: values have no end that can be told. */
function redactStep (step: string): string {
  const [, head] = /^((?:\/bin\/sh -c #\(nop\)\s+)?(?:ENV|ARG)\s+[^=\s]+)[=\s]/.exec(step) ?? []
  if (head !== undefined) return `${head}=${REDACTED}`
  const [, count] = /^\|(\d+) /.exec(step) ?? []
  if (count === undefined || count === '0') return step
  const shell = step.lastIndexOf(' /bin/sh -c ')
  return `|${count} ${REDACTED}${shell < 0 ? '' : step.slice(shell)}`
}
