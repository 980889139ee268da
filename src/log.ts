import { pino, type Logger } from 'pino'

/**
 * The log: JSON lines, or a readable line per event on a terminal. What is logged of a request is listed where it is
 * logged; headers, bodies and queries never are.
 */
export function createLog (level: string, terminal: boolean): Logger {
  const transport = terminal
    ? { target: 'pino-pretty', options: { singleLine: true, translateTime: 'HH:MM:ss', ignore: 'pid,hostname' } }
    : undefined
  return pino({ level, transport, serializers: { err: errorFields } })
}

/** An error's own words and where it came from; what else hangs on it, a request with its headers say, stays there. */
function errorFields (error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name, message, stack, cause } = error
  const { code } = error as { code?: unknown }
  return { name, message, stack, ...(typeof code === 'string' ? { code } : {}), ...(cause instanceof Error ? { cause: errorFields(cause) } : {}) }
}
