import type { Readable } from 'node:stream'
import type { Failure } from '../../lib/errors.js'
import type { StatsEvent, StatsStreamEvent } from '../models/stats.js'
import { Feed, type LiveLimits } from './feed.js'

/** What a container uses, as long as it runs. Only the newest sample is kept: nobody wants an older one. */
export class StatsFeed extends Feed<StatsStreamEvent> {
  protected override readonly paced = false
  #end: StatsStreamEvent | undefined

  constructor (private readonly open: () => Promise<Readable>, limits: LiveLimits) {
    super({ ...limits, readerBytes: 0 }, () => 0)
  }

  protected override async begin (): Promise<void> {}

  protected override async follow (): Promise<Readable> {
    return await this.open()
  }

  protected override async ended (): Promise<StatsStreamEvent | undefined> {
    return this.#end
  }

  protected override gone ({ code }: Failure): StatsStreamEvent[] | undefined {
    return code === 'not-found' || code === 'conflict' ? [{ type: 'end', reason: 'removed' }] : undefined
  }

  protected override append (event: StatsStreamEvent): void {
    if (event.type === 'end') this.#end = event
    else super.append(event)
  }
}

export const isSample = (event: StatsStreamEvent): event is StatsEvent => event.type === 'stats'
