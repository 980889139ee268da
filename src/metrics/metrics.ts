import { finished, type Readable } from 'node:stream'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Code } from '../lib/errors.js'
import { version } from '../lib/version.js'
import type { Surface } from '../model/kinds.js'

/** Gauges whose names end as a counter's do, which Prometheus' own linter refuses; the same is told by kind under other names. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** Most answers that need no engine take less than a millisecond. */
const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60]

/** What `/metrics` shows, in Prometheus' text format. Labels come from closed lists: no id, name or path of a caller's. */
export class Metrics {
  readonly registry = new Registry()
  readonly #calls = this.#counter('caisson_requests_total', 'Calls that came to an operation, by operation, surface and code ("ok" or the problem\'s)', ['operation', 'surface', 'code'])
  readonly #duration = this.#histogram('caisson_request_duration_seconds', 'Time from the call to the answer, or to the opening of a stream', ['operation', 'surface'])
  readonly #streams = this.#gauge('caisson_streams_open', 'Streams open now', ['operation', 'surface'])
  readonly #engineCalls = this.#counter('caisson_engine_calls_total', 'Calls to an engine, by host and outcome ("ok" or the problem\'s code)', ['host', 'outcome'])
  readonly #engineDuration = this.#histogram('caisson_engine_call_duration_seconds', 'Time until an engine answered', ['host'])
  readonly #refused = this.#counter('caisson_refused_requests_total', 'Requests that were refused before they came to an operation, by the problem\'s code', ['code'])
  readonly #invalid = this.#counter('caisson_invalid_credentials_total', 'Tokens and tickets that were none, or no longer', ['kind'])
  readonly #hostUp = this.#gauge('caisson_host_up', 'Whether the engine of a host answers: 1 or 0', ['host'])
  readonly #journalLines = this.#counter('caisson_journal_lines_total', 'Lines for the journal, by outcome', ['outcome'])
  readonly #journalDuration = this.#histogram('caisson_journal_append_seconds', 'Time until a line of the journal was on disk', [])

  constructor () {
    collectDefaultMetrics({ register: this.registry })
    for (const name of MISNAMED) this.registry.removeSingleMetric(name)
    this.#gauge('caisson_build_info', 'Which build this is; always 1', ['version', 'node']).set({ version, node: process.versions.node }, 1)
  }

  /** A request was refused before it came to an operation. */
  refused (code: Code): void {
    this.#refused.inc({ code })
  }

  invalidCredential (kind: 'token' | 'ticket'): void {
    this.#invalid.inc({ kind })
  }

  hostUp (host: string, isUp: boolean): void {
    this.#hostUp.set({ host }, isUp ? 1 : 0)
  }

  /** A call came to an operation; what it returns is told how it went. */
  begin ({ name: operation }: { readonly name: string }, surface: Surface): (code: Code | 'ok' | 'client-left', stream?: Readable) => void {
    const stop = this.#duration.startTimer({ operation, surface })
    return (code, stream) => {
      stop()
      this.#calls.inc({ operation, surface, code })
      if (stream !== undefined) this.#countStream(operation, surface, stream)
    }
  }

  /** A call to an engine began; what it returns is told the outcome. */
  engineCall (host: string): (outcome: string) => void {
    const stop = this.#engineDuration.startTimer({ host })
    return outcome => { stop(); this.#engineCalls.inc({ host, outcome }) }
  }

  journalAppend (): (outcome: 'written' | 'lost' | 'collapsed') => void {
    const stop = this.#journalDuration.startTimer()
    return outcome => { stop(); this.#journalLines.inc({ outcome }) }
  }

  #countStream (operation: string, surface: Surface, stream: Readable): void {
    this.#streams.inc({ operation, surface })
    finished(stream, () => this.#streams.dec({ operation, surface }))
  }

  #counter (name: string, help: string, labelNames: string[]) {
    return new Counter({ name, help, labelNames, registers: [this.registry] })
  }

  #gauge (name: string, help: string, labelNames: string[]) {
    return new Gauge({ name, help, labelNames, registers: [this.registry] })
  }

  #histogram (name: string, help: string, labelNames: string[]) {
    return new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [this.registry] })
  }
}

declare module '../model/services.js' {
  interface Services {
    readonly metrics: Metrics
  }
}
