import { Failure } from '../../lib/errors.js'
import { withoutEnginePaths } from '../messages/paths.js'

/** Three names deep: what an engine tells of its own files is. */
const DEEP_PATH = /(?<![\w.-])\/[^\s/"':,]+\/[^\s/"':,]+\/[^\s/"':,]/

/** Where one engine keeps its data: asked for once, and only where something that it said may name it. */
export class DataFolder {
  #path: string | undefined

  /** @param ask throws or waits where the engine has other worries: what it said is told all the same */
  constructor (private readonly ask: () => Promise<string | undefined>) {}

  async hiddenIn (failure: Failure): Promise<Failure> {
    if (!DEEP_PATH.test(failure.detail)) return failure
    this.#path ??= await this.ask().catch(() => undefined)
    const detail = withoutEnginePaths(failure.detail, this.#path)
    if (detail === failure.detail) return failure
    const { code, errors, rule, cause } = failure
    return new Failure(code, detail, { errors, rule, cause })
  }
}
