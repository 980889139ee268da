import Type, { type Static, type TProperties } from 'typebox'
import { invalidField } from '../../lib/errors.js'

import type { EngineObject } from '../../engine/objects.js'
import { ABSOLUTE, DOMAINNAME, HOSTNAME } from './closed-sets.js'
import { ONLY_THESE, MAX_INT32, flag, fractionalSeconds, given, integer, nanoseconds, text, textMap, words } from './fields.js'
import { closed } from '../../model/objects.js'

export const HealthcheckSpec = Type.Object({
  test: words('The check: `["CMD", program, …]`, `["CMD-SHELL", line]`, or `["NONE"]`; the image\'s when absent'),
  disable: flag('Have no check, whatever the image says'),
  intervalSeconds: fractionalSeconds('The time between two checks'),
  timeoutSeconds: fractionalSeconds('How long a check may take'),
  startPeriodSeconds: fractionalSeconds('How long failures do not count, at the start'),
  startIntervalSeconds: fractionalSeconds('The time between two checks during the start period; API 1.44 and newer'),
  retries: integer('How many failures in a row make it unhealthy; 0 for the default of 3', 0, MAX_INT32)
}, { ...closed, title: 'HealthcheckSpec', description: 'How the engine finds out whether it is well; what is absent or 0 is as the image has it' })

/** What runs in the container, and how. */
export const ProcessFields = {
  command: words('The command and its arguments; the image\'s when absent'),
  entrypoint: words('The entry point; the image\'s when absent, none when empty'),
  env: Type.Optional(Type.Record(Type.String({ pattern: '^[^=]+$' }), Type.Union([Type.String({ maxLength: 131_072 }), Type.Null()]), {
    ...ONLY_THESE, description: 'Environment variables; null takes away one that the image sets'
  })),
  labels: textMap('Labels'),
  annotations: textMap('Annotations for the OCI runtime; API 1.43 and newer'),
  hostname: text('The host name inside, 64 characters at most', HOSTNAME),
  domainname: text('The domain name inside', DOMAINNAME),
  user: text('`user`, `user:group`, or their numbers'),
  groupAdd: words('Further groups of its process, by name or number'),
  workingDir: text('The working directory, an absolute path', ABSOLUTE),
  tty: flag('Give it a terminal'),
  openStdin: flag('Keep its standard input open'),
  stdinOnce: flag('Close its standard input after the first client that was attached leaves'),
  attachStdin: flag('Kept with the container, for clients; an attach asks for itself'),
  attachStdout: flag('Kept with the container, for clients; an attach asks for itself'),
  attachStderr: flag('Kept with the container, for clients; an attach asks for itself'),
  consoleSize: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 65_535 }), { minItems: 2, maxItems: 2, description: 'The terminal\'s first size: `[height, width]`, in characters. Linux engines before API 1.42 pay no attention' })),
  init: flag('Run an init that forwards signals and reaps processes; the engine\'s setting when absent'),
  stopSignal: text('The signal that asks it to stop, e.g. `SIGTERM` or `15`; the image\'s when absent'),
  stopTimeoutSeconds: Type.Optional(Type.Integer({ minimum: -1, maximum: MAX_INT32, description: 'How long it may take to stop before it is killed, in seconds; -1 for ever, 10 when absent' })),
  healthcheck: Type.Optional(HealthcheckSpec),
  shell: words('The shell of images that are committed from it'),
  onBuild: words('Instructions for builds on images that are committed from it'),
  argsEscaped: flag('Windows: the command is escaped already')
} satisfies TProperties

export const envBody = (env: Readonly<Record<string, string | null>>): string[] =>
  Object.entries(env).map(([key, value]) => value === null ? key : `${key}=${value}`)

export function healthcheckBody ({ test, disable = false, ...rest }: Static<typeof HealthcheckSpec>): EngineObject {
  const settings = given({
    Test: test,
    Interval: nanoseconds(rest.intervalSeconds),
    Timeout: nanoseconds(rest.timeoutSeconds),
    StartPeriod: nanoseconds(rest.startPeriodSeconds),
    StartInterval: nanoseconds(rest.startIntervalSeconds),
    Retries: rest.retries
  })
  if (!disable) return settings
  if (Object.keys(settings).length > 0) throw invalidField('healthcheck', 'disable stands alone: a check that is not made has no settings')
  return { Test: ['NONE'] }
}
