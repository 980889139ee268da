import type { Readable } from 'node:stream'
import type { Static, TObject, TSchema } from 'typebox'
import type { Code } from '../lib/errors.js'
import type { Services } from '../model/services.js'
import type { Channel } from '../model/channel.js'
import type { Context } from './context.js'
import { REQUIRED_PARTS, isNone, type AuthorizationSpec, type None, type RequiredPart } from '../authorization/authorization-spec.js'
import type { VerifiedCredential } from '../model/caller.js'
import type { OperationClass, TargetKind, SubjectKind, OfferedOn } from '../model/kinds.js'
import type { EventStream } from '../model/streams.js'
import type { Subject } from '../model/target.js'

/** What an operation gives back. The shape decides which surfaces can carry it. */
export type Output =
  | { readonly shape: 'value', readonly schema: TSchema }
  | { readonly shape: 'nothing' }
  | { readonly shape: 'events', readonly schema: TSchema }
  | { readonly shape: 'bytes', readonly contentType: string }
  | { readonly shape: 'channel' }

export const value = <S extends TSchema>(schema: S) => ({ shape: 'value', schema }) as const
export const nothing = () => ({ shape: 'nothing' }) as const
export const events = <S extends TSchema>(schema: S) => ({ shape: 'events', schema }) as const
export const bytes = (contentType: string) => ({ shape: 'bytes', contentType }) as const
export const channel = () => ({ shape: 'channel' }) as const

export type Result<O extends Output> =
  O extends { shape: 'value', schema: infer S extends TSchema } ? Static<S>
    : O extends { shape: 'nothing' } ? void
      : O extends { shape: 'events', schema: infer S extends TSchema } ? EventStream<Static<S>>
        : O extends { shape: 'bytes' } ? Readable
          : Channel

/** All of an operation but what authorization must know. */
interface OperationBody<I extends TObject, O extends Output> {
  /** `noun.verb`: operationId, permission and journal name, all three. Its GraphQL field follows from it (graphql-field.ts). */
  readonly name: `${string}.${string}`
  readonly summary: string
  /** For the documents: what the summary leaves open. Units, formats, what happens to what is already so. */
  readonly description?: string
  readonly class: OperationClass
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`; names in braces are inputs. */
  readonly path: `/${string}`
  /** A second address of a list, across all hosts. */
  readonly acrossHosts?: `/${string}`
  readonly input: I
  readonly output: O
  /** Where a created thing is found afterwards, a path template over the result and the input: answers 201. */
  readonly location?: `/${string}`
  /** What the call makes; its result has the `id`, and perhaps the `name`, that the audit log keeps. */
  readonly creates?: SubjectKind
  /**
   * Instead of the operation's own name: `self` is what is one's own; `admin` is in no role but that; `public` is a closed
   * list; `internal` is for the gateway alone.
   */
  readonly permission?: 'self' | 'admin' | 'public' | 'internal'
  /** Default: all that the shape allows. */
  readonly surfaces?: readonly OfferedOn[]
  /** The GraphQL field, where the rule cannot know it (graphql-field.ts). */
  readonly field?: string
  /** Of an inspect: properties that mean something else in a row of the list, as they would stand there. For GraphQL, where both are one type. */
  readonly asListed?: Readonly<Record<string, (result: Result<O>) => unknown>>
  /** Media type of a raw request body, handed over as `context.upload`. */
  readonly upload?: string
  /** The longest JSON body of a REST call, in bytes; 1 MiB when absent. */
  readonly bodyBytes?: number
  /** Kinds of failure that the rest of the definition does not show (see failures.ts), or what one means here. For the documents. */
  readonly failures?: Readonly<Partial<Record<Code, string>>>
  /** Events that also read as bare lines, one `text` each, for `Accept: text/plain`. */
  readonly plainText?: boolean
  /** Whether the call takes no Idempotency-Key, because its answer is a credential or ends one: nothing of that is kept. */
  readonly keyless?: boolean
  /** Inputs that are secret: never taken from a query, never recorded. */
  readonly secret?: ReadonlyArray<keyof Static<I> & string>
  /** Inputs that go into the audit log. What is not listed is never recorded. */
  readonly audit: ReadonlyArray<keyof Static<I> & string>
  /** Parts of inputs that can't go into the audit log whole, because something in them may be secret. */
  readonly auditParts?: (input: Static<I>) => Readonly<Record<string, unknown>>
  /** Inputs of a call that succeeds against the engines of the test bed; documents show it, derived tests run it. */
  readonly example: Static<I>
  /**
   * Where the call is about another call, to be made later: which. Its input is read and policy is asked about it as
   * if it were made now; what would be refused is refused.
   */
  nestedCall?(input: Static<I>, services: Services): NestedCall
  /**
   * Where the input itself is the credential: whose it is. Comes before `received`, and changes nothing but counts of
   * attempts. What it refuses is recorded like any call without a token: one line behind the answer, collapsed in
   * floods, without inputs, about the `subject` it named.
   */
  verifyCredential?(input: Static<I>, context: Context, subject: (subject: Subject) => void): Promise<VerifiedCredential>
  handler (input: Static<I>, context: Context): Promise<Result<O>>
  /**
   * Where what a call made has the call label `context.callId`: finds it behind a call under the same key whose end is not
   * known, brings what is left of it to its end, and answers as the handler would have. undefined: it is not there.
   */
  recover?(input: Static<I>, context: Context): Promise<Result<O> | undefined>
}

export interface Operation<I extends TObject = TObject, O extends Output = Output> extends OperationBody<I, O>, AuthorizationSpec<Static<I>, Result<O>> {
  readonly target?: TargetKind
  /** The parts that it does not have, each with the reason. */
  readonly none: Readonly<Partial<Record<RequiredPart, string>>>
}

type Spec<I extends TObject, O extends Output> = AuthorizationSpec<Static<I>, Result<O>>

/** An operation as it is written down: a part that it does not have is `none()` with its reason. */
export interface Definition<I extends TObject, O extends Output> extends OperationBody<I, O>, Omit<Spec<I, O>, RequiredPart> {
  readonly target?: TargetKind | None
  readonly references?: Spec<I, O>['references'] | None
  readonly ownershipLabels?: Spec<I, O>['ownershipLabels'] | None
  readonly limits?: Spec<I, O>['limits'] | None
  readonly redact?: Spec<I, O>['redact'] | None
}

/** Whether inputs may come in a header: those of an upload, and secrets of what has no body. */
export const takesInputHeader = (operation: AnyOperation): boolean =>
  operation.upload !== undefined || (inputPlace(operation) === 'query' && (operation.secret?.length ?? 0) > 0)

/** A call within the input of another. */
export interface NestedCall {
  readonly operation: AnyOperation
  readonly input: unknown
  /** Where in the input of the other it stands, as a JSON Pointer. */
  readonly pointer: string
}

/** An operation whose input type is known to its own file only. */
export type AnyOperation = Operation<TObject, Output>

/**
 * Declares an operation. What is wrong with a declaration on its own is said here, at start-up;
 * what is wrong between two is said by the registry.
 */
export function operation<const I extends TObject, const O extends Output> (definition: Definition<I, O>): AnyOperation {
  const names = new Set(Object.keys(definition.input.properties))
  for (const name of pathNames(definition.path)) {
    if (!names.has(name)) throw new Error(`${definition.name}: {${name}} is in the path but not in the input`)
  }
  for (const name of definition.secret ?? []) {
    if (definition.audit.includes(name)) throw new Error(`${definition.name}: ${name} is secret and may not be recorded`)
  }
  const without = (Object.keys(REQUIRED_PARTS) as RequiredPart[]).flatMap(part => {
    const given = definition[part]
    return isNone(given) ? [[part, given.none] as const] : []
  })
  const absent = Object.fromEntries(without.map(([part]) => [part, undefined]))
  return Object.freeze({ ...definition, ...absent, none: Object.fromEntries(without) }) as unknown as AnyOperation
}

/** The inputs named in a path template, in order. */
export const pathNames = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? '')

/** A path template with its names filled in, each percent-encoded. */
export const fillPath = (path: string, values: Readonly<Record<string, unknown>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])))

/** Where the inputs that are not in the path come from. */
export const inputPlace = (operation: Pick<AnyOperation, 'method' | 'upload'>): 'query' | 'body' =>
  operation.method === 'GET' || operation.method === 'DELETE' || operation.upload !== undefined ? 'query' : 'body'

/** What is no JSON in one direction or the other: where only JSON is spoken, it is a link to the operation's own address. */
export const needsLink = ({ output, upload }: Pick<AnyOperation, 'output' | 'upload'>): boolean =>
  upload !== undefined || output.shape === 'bytes' || output.shape === 'channel'

/** What may take so long that nobody should have to wait for it: it can be had as a job. */
export const fitsJob = ({ output, class: kind }: Pick<AnyOperation, 'output' | 'class'>): boolean => output.shape === 'events' && kind !== 'read'

/** What the key is called among the arguments of a field; no input has that name. */
export const KEY = 'idempotencyKey'

/** What changes something, and answers with what can be kept and given again: at once, or as a job. */
export const takesKey = (operation: Pick<AnyOperation, 'output' | 'class' | 'keyless' | 'permission'>): boolean =>
  operation.class !== 'read' && operation.keyless !== true && operation.permission !== 'public' &&
  (!isStream(operation.output) || fitsJob(operation))

export const isStream = (output: Output): boolean =>
  output.shape === 'events' || output.shape === 'bytes' || output.shape === 'channel'
