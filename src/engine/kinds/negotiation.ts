import { Failure, engineError } from '../../lib/errors.js'
import { isAtLeast } from '../connection/api-version.js'
import { isContainerdStore, productOf, type Engine, type EngineVersion, type StoreInfo } from './engine.js'

/** The API versions that the gateway was written and tested against: Docker 20.10 to 28.5. */
export const [OLDEST_API, NEWEST_API] = ['1.41', '1.51']

/** @throws `engine-error` in words where there is none that both speak */
export function pinnedApi ({ ApiVersion, MinAPIVersion = ApiVersion }: EngineVersion): string {
  if (!isAtLeast(ApiVersion, OLDEST_API)) throw engineError(`its engine speaks API ${ApiVersion}; this gateway takes ${OLDEST_API} and newer, which Docker 20.10 and Podman 4 have`)
  if (!isAtLeast(NEWEST_API, MinAPIVersion)) throw engineError(`its engine speaks API ${MinAPIVersion} and newer; this gateway knows versions up to ${NEWEST_API}`)
  return isAtLeast(NEWEST_API, ApiVersion) ? ApiVersion : NEWEST_API
}

/** Asks an engine, below its newest version. */
type Ask = <T>(path: string) => Promise<T>

/**
 * What an engine is and which version of the API it is spoken to in. It is asked once, and again after it went away:
 * what comes back may be another.
 */
export class Negotiation {
  #asked: Promise<Engine> | undefined

  /** @param known what the engine is, once it has said so */
  constructor (private readonly ask: Ask, public known?: Engine) {}

  /** For all who wait the same. @throws whatever keeps the engine from answering, and then asks again next time */
  async engine (): Promise<Engine> {
    if (this.known !== undefined) return this.known
    const asked = this.#asked ??= this.#negotiate()
    try {
      const engine = await asked
      if (this.#asked === asked) this.known = engine
      return engine
    } finally { if (this.#asked === asked) this.#asked = undefined }
  }

  /** The engine has gone away, or says that it is not the one that was asked. */
  forget (): void { this.known = this.#asked = undefined }

  async #negotiate (): Promise<Engine> {
    const answer = await this.ask<EngineVersion>('/version')
    const api = pinnedApi(answer)
    const product = productOf(answer)
    // Older ones have no other store.
    const containerdStore = product === 'docker' && isAtLeast(api, '1.42') && isContainerdStore(await this.ask<StoreInfo>(`/v${api}/info`))
    return { product, version: answer.Version, api, containerdStore }
  }
}

/** An engine's refusal of the version itself: another was started in its place. It has done nothing then. */
export const isVersionRefusal = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'invalid-input' && /client version \S+ is too (?:new|old)/.test(error.detail)
