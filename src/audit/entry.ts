import type { Code } from '../lib/errors.js'
import type { OperationClass, SubjectKind, Surface } from '../model/kinds.js'

/** One line for the journal, before it has its place in the chain (`seq`, `time`, `previous`, `hash`). */
export interface JournalEntry {
  /** Of the call: all its lines carry it. A ULID. */
  readonly id: string
  readonly stage: 'received' | 'started' | 'completed' | 'denied' | 'recovered'
  readonly requestId: string
  readonly surface: Surface
  readonly actor: { readonly id: string, readonly username: string, readonly credential: string } | null
  readonly client: { readonly address: string, readonly port?: number, readonly userAgent?: string }
  /** null: refused before an operation was known. */
  readonly operation: string | null
  readonly class: OperationClass | null
  readonly host: string | null
  readonly target: { readonly kind: SubjectKind, readonly id: string, readonly name: string | null } | null
  /** Only what the operation's `audit` lists. */
  readonly input: Readonly<{ [name: string]: unknown }>
  readonly decision: { readonly effect: 'allow' | 'deny', readonly rule: string } | null
  readonly outcome: {
    readonly code: Code | null
    readonly durationMs: number
    readonly end?: 'complete' | 'client-left' | 'cancelled' | 'error' | 'shutdown' | 'unknown'
    /** What the call made, where its target is another: the image of a commit. */
    readonly made?: { readonly kind: SubjectKind, readonly id: string, readonly name: string | null }
    /** The id of the first call under the same Idempotency-Key: this one was not made again. */
    readonly repeatOf?: string
    /** Of a channel: what went to the engine and what came from it. */
    readonly bytesIn?: number
    readonly bytesOut?: number
    /** Of a channel: with what that ended which it led to. */
    readonly exitCode?: number
    /** How many refusals like this one the line stands for, where many were collapsed. */
    readonly count?: number
  } | null
}

/** A line as it stands in the chain. */
export interface JournalLine extends JournalEntry {
  readonly seq: number
  /** ISO 8601 UTC. */
  readonly time: string
  /** The hash of the line before; 64 zeroes before the first. */
  readonly previous: string
  /** SHA-256, hex, of the line without `hash`, as canonical JSON (RFC 8785). */
  readonly hash: string
}
