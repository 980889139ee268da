import { randomBytes } from 'node:crypto'
import { Failure, rateLimited } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import type { Actor } from '../model/caller.js'
import type { AnyOperation } from '../operation/define.js'
import { tokenHash } from './sessions/families.js'

/** What may be called with a ticket, and by whom. */
export interface Ticket {
  /** For the audit log; nothing can be called with it. */
  readonly id: string
  /** Who made it. */
  readonly actor: Actor
  readonly operation: AnyOperation
  /** Which of the operation's addresses. */
  readonly path: string
  /** The inputs, as JSON: nobody changes them from outside, and it is known what they weigh. */
  readonly input: string
  readonly expires: Date
}

export interface TicketLimits {
  readonly lifetimeMs: number
  /** Tickets of one user that are not used yet. */
  readonly perUser: number
  /** The inputs of one ticket. */
  readonly inputBytes: number
  /** All tickets together. */
  readonly bytes: number
}

export const TICKET_LIMITS: TicketLimits = { lifetimeMs: 30_000, perUser: 100, inputBytes: 64 * 1024, bytes: 64 * 1024 * 1024 }

/** What a ticket takes beside its inputs, roughly. */
const OVERHEAD_BYTES = 1024

/**
 * Tickets that were made and not used yet. They are kept in memory, and their texts as hashes: inputs may be secret
 * and may not be stored in clear, and a ticket does not live long enough to be missed after a restart.
 */
export class Tickets {
  readonly #now: () => Date
  readonly #limits: TicketLimits
  /** By the hash of their text, the oldest first. */
  readonly #tickets = new Map<string, Ticket>()
  readonly #perUser = new Map<string, number>()
  #bytes = 0
  #sweeping = false

  constructor ({ now = () => new Date(), limits = TICKET_LIMITS }: { readonly now?: () => Date, readonly limits?: TicketLimits } = {}) {
    this.#now = now
    this.#limits = limits
  }

  /**
   * The text is returned, and nowhere kept.
   * @throws `too-large` for inputs that are; `rate-limited` while the user has too many, or all have
   */
  make ({ input, ...call }: Pick<Ticket, 'actor' | 'operation' | 'path'> & { readonly input: object }): { readonly text: string, readonly ticket: Ticket } {
    const { lifetimeMs } = this.#limits
    const ticket = { ...call, id: newId(), input: JSON.stringify(input), expires: new Date(this.#now().getTime() + lifetimeMs) }
    this.#sweep()
    this.#makeRoom(ticket)
    const text = `cat_${randomBytes(32).toString('base64url')}`
    this.#tickets.set(tokenHash(text), ticket)
    this.#count(ticket, 1)
    this.#sweepLater()
    return { text, ticket }
  }

  /** Uses a ticket up, whatever becomes of the call: nobody gets it twice. */
  take (text: string): Ticket | undefined {
    const hash = tokenHash(text)
    const ticket = this.#tickets.get(hash)
    if (ticket === undefined) return undefined
    this.#drop(hash, ticket)
    return ticket.expires > this.#now() ? ticket : undefined
  }

  #makeRoom (ticket: Ticket): void {
    const { perUser, inputBytes, bytes } = this.#limits
    const size = Buffer.byteLength(ticket.input)
    if (size > inputBytes) throw new Failure('too-large', `the inputs of a ticket may have ${inputBytes} bytes as JSON, and these have ${size}: make the call with a token instead`)
    const own = this.#perUser.get(ticket.actor.id) ?? 0
    if (own >= perUser) throw rateLimited(`you have ${own} tickets that are not used: use them, or wait until they have expired`, this.#secondsLeft(({ actor }) => actor.id === ticket.actor.id))
    if (this.#bytes + weightOf(ticket) > bytes) throw rateLimited('there are too many tickets that are not used: try again later', this.#secondsLeft(() => true))
  }

  #secondsLeft (isOne: (ticket: Ticket) => boolean): number {
    const oldest = [...this.#tickets.values()].find(isOne)
    return Math.max(1, Math.ceil(((oldest?.expires.getTime() ?? 0) - this.#now().getTime()) / 1000))
  }

  /** What is not used leaves the memory all the same. */
  #sweepLater (): void {
    if (this.#sweeping) return
    this.#sweeping = true
    setTimeout(() => {
      this.#sweeping = false
      this.#sweep()
      if (this.#tickets.size > 0) this.#sweepLater()
    }, this.#limits.lifetimeMs).unref()
  }

  #sweep (): void {
    const now = this.#now()
    for (const [hash, ticket] of this.#tickets) {
      if (ticket.expires > now) return
      this.#drop(hash, ticket)
    }
  }

  #drop (hash: string, ticket: Ticket): void {
    this.#tickets.delete(hash)
    this.#count(ticket, -1)
  }

  #count (ticket: Ticket, by: 1 | -1): void {
    const { id } = ticket.actor
    const own = (this.#perUser.get(id) ?? 0) + by
    if (own === 0) this.#perUser.delete(id)
    else this.#perUser.set(id, own)
    this.#bytes += by * weightOf(ticket)
  }
}

const weightOf = ({ input }: Ticket): number => Buffer.byteLength(input) + OVERHEAD_BYTES

declare module '../model/services.js' {
  interface Services {
    readonly tickets: Tickets
  }
}
