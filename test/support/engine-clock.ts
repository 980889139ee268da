/**
 * Sets the clock of one engine, and of nothing else on this machine. To write into its log from outside is no way to lines
 * with other times: newer engines (seen on 28.5) read no more of a log than they have written, and don't come upon the rest.
 *
 * A Go program asks for the time in the vDSO, a page of code that the kernel lends to each process: in that of the engine
 * alone a jump is written over its beginning, to code that tells one time. Waiting goes by another clock, and goes on.
 */
import { openSync, readFileSync, readSync, writeSync } from 'node:fs'

/** At the page's end, where nothing is: the code, and behind it the seconds and the nanoseconds that it tells. */
const [ROOM, TIME_AT] = [128, 64]
const CODE = Buffer.from([
  0x85, 0xff, // test edi, edi: CLOCK_REALTIME is 0
  0x75, 0x18, // jnz other
  0x48, 0x8b, 0x05, 0x35, 0x00, 0x00, 0x00, // mov rax, [seconds]
  0x48, 0x8b, 0x0d, 0x36, 0x00, 0x00, 0x00, // mov rcx, [nanoseconds]
  0x48, 0x89, 0x06, // mov [rsi], rax
  0x48, 0x89, 0x4e, 0x08, // mov [rsi + 8], rcx
  0x31, 0xc0, // xor eax, eax
  0xc3, // ret
  0xb8, 0xe4, 0x00, 0x00, 0x00, // other: mov eax, clock_gettime
  0x0f, 0x05, // syscall
  0xc3 // ret
])
const JUMP_BYTES = 5

interface Running { readonly pid?: number | undefined, pause (): Promise<void>, resume (): Promise<void> }

/** Why the clock of an engine can't be set here; false where it can. */
export const unsettable = ({ pid }: Pick<Running, 'pid'>): string | false =>
  pid === undefined || process.arch !== 'x64' ? 'the clock of an engine is set on x64 alone, in a process of this machine' : false

/** The clock of an engine: it stands at the time that it is set to, until it goes on. Those of its containers are left alone. */
export class EngineClock {
  readonly #memory: number
  readonly #page: Buffer
  /** Where in this machine's memory the page is, and where in the page the time is asked for. */
  readonly #start: number
  readonly #asked: number
  readonly #room: number
  #stands = false

  constructor (private readonly engine: Running) {
    const line = readFileSync(`/proc/${engine.pid}/maps`, 'utf8').split('\n').find(line => line.endsWith('[vdso]')) ?? ''
    const [start = 0, end = 0] = line.split(' ', 1).join().split('-').map(hex => parseInt(hex, 16))
    this.#start = start
    this.#memory = openSync(`/proc/${engine.pid}/mem`, 'r+')
    this.#page = Buffer.alloc(end - start)
    readSync(this.#memory, this.#page, 0, end - start, start)
    this.#asked = addressOf(this.#page, '__vdso_clock_gettime')
    this.#room = this.#page.length - ROOM
    if (this.#page.subarray(this.#room).some(byte => byte !== 0)) throw new Error('the vDSO of the engine has no room for a clock')
    this.#write(CODE, this.#room)
  }

  /** @param ms since 1970 */
  async set (ms: number): Promise<void> {
    const time = Buffer.alloc(16)
    time.writeBigInt64LE(BigInt(Math.floor(ms / 1000)), 0)
    time.writeBigInt64LE(BigInt(ms % 1000 * 1_000_000), 8)
    this.#write(time, this.#room + TIME_AT)
    if (this.#stands) return
    const jump = Buffer.from([0xe9, 0, 0, 0, 0])
    jump.writeInt32LE(this.#room - (this.#asked + jump.length), 1)
    await this.#begin(jump)
    this.#stands = true
  }

  async goOn (): Promise<void> {
    await this.#begin(this.#page.subarray(this.#asked, this.#asked + JUMP_BYTES))
    this.#stands = false
  }

  /** Nobody must run through what is half written. */
  async #begin (code: Buffer): Promise<void> {
    await this.engine.pause()
    this.#write(code, this.#asked)
    await this.engine.resume()
  }

  #write (bytes: Buffer, at: number): void {
    writeSync(this.#memory, bytes, 0, bytes.length, this.#start + at)
  }
}

/** Where a function begins in an ELF of 64 bits, by its table of dynamic symbols. */
function addressOf (elf: Buffer, name: string): number {
  const number = (at: number) => Number(elf.readBigUInt64LE(at))
  const sections = Array.from({ length: elf.readUInt16LE(60) }, (_, index) => number(40) + index * elf.readUInt16LE(58))
  const symbols = sections.find(at => elf.readUInt32LE(at + 4) === 11)
  if (symbols === undefined) throw new Error('the vDSO of the engine has no table of symbols')
  const names = number((sections[elf.readUInt32LE(symbols + 40)] ?? 0) + 24)
  for (let at = number(symbols + 24), end = at + number(symbols + 32); at < end; at += 24) {
    const begin = names + elf.readUInt32LE(at)
    if (elf.toString('latin1', begin, elf.indexOf(0, begin)) === name) return number(at + 8)
  }
  throw new Error(`the vDSO of the engine has no ${name}`)
}
