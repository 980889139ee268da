import { rootCredential, type Actor } from '../model/caller.js'
import type { ApiTokens } from './api-tokens.js'
import type { Sessions } from './sessions/sessions.js'

/** Who callers are by now, whatever they came in with. */
export class Callers {
  constructor (private readonly sessions: Sessions, private readonly apiTokens: ApiTokens) {}

  /**
   * For what goes on without a new credential: a stream, or a ticket.
   * @throws `unauthenticated` when the session or the token has ended, or the user is disabled or removed
   */
  async reauthenticate (actor: Actor): Promise<Actor> {
    const root = rootCredential(actor.credential)
    const now = root.kind === 'token' ? await this.apiTokens.reauthenticate(root.id) : await this.sessions.reauthenticate(actor)
    return { ...now, credential: actor.credential }
  }
}

declare module '../model/services.js' {
  interface Services {
    readonly callers: Callers
  }
}
