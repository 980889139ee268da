import type { SubjectKind, TargetKind } from './kinds.js'
import type { Resource } from './resource.js'

/** What a call is about, resolved to what can't be renamed. */
export interface Target {
  readonly kind: TargetKind
  readonly host?: string
  /** The full id. */
  readonly id: string
  readonly name?: string
  /** What the caller called it. */
  readonly reference: string
  readonly labels?: Readonly<Record<string, string>>
  readonly owner?: string
  /** Of a container: the image it was asked for. */
  readonly image?: string
  /** Of an exec: its container, by which is decided. */
  readonly within?: Resource
  /** Of an image: what names it. */
  readonly references?: readonly string[]
  /** Why nothing but operations with `allowsNotReady` may be done with it for now; a sentence without its subject. */
  readonly notReady?: string
  /** What was read to resolve it, so that a handler need not read it again. */
  readonly object?: unknown
}

/** What the audit log says a call was about. */
export interface Subject {
  readonly kind: SubjectKind
  readonly id: string
  readonly name?: string
}
