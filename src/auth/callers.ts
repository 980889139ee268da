import type { Actor, Credential } from '../model/caller.js'
import type { ApiTokens } from './api-tokens.js'
import type { Sessions } from './sessions/sessions.js'

/** Who callers are by now, whatever they came in with. */
export class Callers {
  constructor (private readonly sessions: Sessions, private readonly apiTokens: ApiTokens) {}

  /**
   * For what goes on without a new credential: a stream, or a ticket.
   * @throws `unauthenticated` when the session or the token has ended, or the user is disabled or removed
   */
  async lookAgain (actor: Actor): Promise<Actor> {
    const root = rootOf(actor.credential)
    const now = root.kind === 'token' ? await this.apiTokens.lookAgain(root.id) : await this.sessions.lookAgain(actor)
    return { ...now, credential: actor.credential }
  }
}

/** What a ticket was made with. */
const rootOf = (credential: Credential): Exclude<Credential, { kind: 'ticket' }> => credential.kind === 'ticket' ? rootOf(credential.of) : credential

declare module '../model/services.js' {
  interface Services {
    readonly callers: Callers
  }
}
