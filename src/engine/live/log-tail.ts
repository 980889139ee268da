import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { EngineLog, Told } from '../container-log.js'
import type { LogStreamEvent } from '../models/log.js'
import { TailWindow, type TailOptions } from './tail-window.js'

/** How many more messages are looked at next, where so many were not enough. */
const [FACTOR, MORE] = [4, 128]
/** What may be written between two looks. */
const SLACK = 4096

/** How the lines are told. */
interface Telling extends Pick<Told, 'end' | 'ending'> {
  /** Whether lines that were not wanted are told as well, since the reader goes on behind the last. */
  readonly all?: boolean
}

/**
 * The last lines that are wanted, each of them whole. An engine counts something else: messages, of which a line over
 * 16 KiB has several, of both outputs, whenever they were written. So it is asked for ever more of them until the lines are there.
 */
export async function readTail (log: EngineLog, options: TailOptions, telling: Telling, signal?: AbortSignal): Promise<Readable> {
  const window = await lookBack(log, options, options.count, options.count + 1, telling.end, signal)
  const kept = window.kept(options.count)
  if (kept === undefined) return await readAgain(log, window, options, telling, signal)
  const { last } = window
  const anchor = telling.all === true && last !== undefined && last !== kept.at(-1) ? [last] : []
  const ending = telling.ending === undefined ? [] : [await telling.ending()]
  return Readable.from([...kept, ...anchor, ...ending])
}

/** Of the last messages of a log the lines that are whole, at least one; and whether that is all of it. */
export async function lastLines (log: EngineLog, messages: number): Promise<{ readonly lines: LogStreamEvent[], readonly whole: boolean }> {
  const window = await lookBack(log, { count: Infinity, wants: () => true }, 1, messages, 'sofar')
  return { lines: window.tail(), whole: window.whole }
}

/** Of a call, at least so many lines; how many messages are looked at first. */
async function lookBack (log: EngineLog, options: TailOptions, count: number, first: number, end: Told['end'], signal?: AbortSignal): Promise<TailWindow> {
  for (let messages = first; ; messages = FACTOR * messages + MORE) {
    const window = await new TailWindow(options, messages).read(log, end, signal)
    if (window.has(count)) return window
  }
}

/** More lines than are kept: from the first that was counted on, without those that are too many. */
async function readAgain (log: EngineLog, { messages, start }: TailWindow, { count, wants }: TailOptions, { all, ...told }: Telling, signal?: AbortSignal): Promise<Readable> {
  const range = { after: start?.line, inclusive: true }
  const from = () => behind((start?.lines ?? 0) - count, wants, all === true)
  const some = await log.read({ messages: messages + SLACK, ...range }, { ...told, wants: from() }, signal)
  if ((await peek(some))?.type !== 'dropped') return some
  // So much was written meanwhile that the first of them was not there.
  some.destroy()
  return await log.read(range, { ...told, wants: from() }, signal)
}

/** What is told behind the first so many lines that are wanted. */
function behind (lines: number, wants: TailOptions['wants'], all: boolean): TailOptions['wants'] {
  let left = lines
  return event => {
    if (event.type !== 'log' || left <= 0) return event.type !== 'log' || all || wants(event)
    if (event.partial !== true && wants(event)) left--
    return false
  }
}

async function peek (stream: Readable): Promise<LogStreamEvent | undefined> {
  if (!stream.readableEnded && stream.readableLength === 0) await Promise.race([once(stream, 'readable'), once(stream, 'end')])
  const event = stream.read() as LogStreamEvent | null
  if (event !== null) stream.unshift(event)
  return event ?? undefined
}
