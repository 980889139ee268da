import { Readable } from 'node:stream'
import t from 'tap'
import { Feed, LIVE_LIMITS } from '../../src/engine/live/feed.js'
import { LiveReader } from '../../src/engine/live/reader.js'
import { hostUnreachable } from '../../src/lib/errors.js'

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

const LINES = Array.from({ length: 40 }, (_, at) => line(String(at)))

/** A feed that tells more than it keeps, and ends. */
class Short extends Feed<Line | { readonly type: 'end' }> {
  go: () => void = () => {}
  readonly #told = new Promise<void>(resolve => { this.go = resolve })
  protected override async begin (): Promise<void> {}
  protected override async follow (): Promise<Readable> {
    await this.#told
    return Readable.from(LINES)
  }

  protected override async ended () { return { type: 'end' } as const }
}

t.test('a look at the past that began before the end says nothing of what came since', async t => {
  const feed = new Short({ ...LIVE_LIMITS, readerBytes: 650 }, () => 1)
  const held = feed.hold()
  let looks = 0
  const past = async (after: string | undefined) => {
    looks++
    if (looks > 1) return Readable.from(LINES.slice(after === undefined ? 0 : Number(after) + 1))
    return Readable.from((async function * () {
      feed.go()
      await held
      while (feed.end === undefined) await new Promise(resolve => setTimeout(resolve, 5))
    })())
  }
  const reader = new LiveReader<Line | { readonly type: 'end' }>(feed, { past, wants: () => true })
  await reader.begin()
  const told: string[] = []
  for await (const event of reader as AsyncIterable<{ type: string, cursor?: string }>) told.push(event.cursor ?? event.type)
  t.same(told, [...LINES.map(({ cursor }) => cursor), 'end'])
})
