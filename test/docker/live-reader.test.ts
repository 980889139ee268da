import { Readable } from 'node:stream'
import t from 'tap'
import { Feed, LIVE_LIMITS } from '../../src/docker/live/feed.js'
import { LiveReader } from '../../src/docker/live/reader.js'
import { hostUnreachable } from '../../src/errors.js'

interface Line { readonly type: 'log', readonly cursor: string }
const line = (cursor: string): Line => ({ type: 'log', cursor })

/** A feed that has told one line, and lost its engine for good. */
class Lost extends Feed<Line> {
  protected override async begin (): Promise<void> { this.append(line('1')) }
  protected override async follow (): Promise<Readable> { return Readable.from([line('2')]) }
  protected override async ended (): Promise<Line | undefined> { throw hostUnreachable('host local is gone') }
}

t.test('whoever has read on where the feed could not is told how it ended', async t => {
  const feed = new Lost({ ...LIVE_LIMITS, reconnectMs: 0 }, () => 1)
  await feed.hold()
  const lines = ['1', '2', '3']
  const past = async (after: string | undefined) => Readable.from(lines.slice(after === undefined ? 0 : lines.indexOf(after) + 1).filter(cursor => feed.ring.placeOf(cursor) === undefined).map(line))
  const reader = new LiveReader<Line>(feed, { past, wants: () => true })
  const told: string[] = []
  await reader.begin()
  await t.rejects(async () => { for await (const { cursor } of reader as AsyncIterable<Line>) told.push(cursor) }, { code: 'host-unreachable' })
  t.same(told, ['3'])
})
