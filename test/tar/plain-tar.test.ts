import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { Failure } from '../../src/lib/errors.js'
import { plainTar, type TarRules } from '../../src/tar/plain-tar.js'
import { END, archiveOf, entry, inPieces, pax, record, type Entry } from '../support/tars.js'

interface Passed { readonly bytes: Buffer, readonly code: string, readonly detail: string }

/** What came out, and the refusal if there was one. */
async function passed (source: Readable | Buffer, rules: TarRules = { entries: 'inside' }): Promise<Passed> {
  const out: Buffer[] = []
  try {
    for await (const chunk of plainTar(Buffer.isBuffer(source) ? inPieces(source, [65_536]) : source, rules)) out.push(chunk as Buffer)
    return { bytes: Buffer.concat(out), code: 'ok', detail: '' }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { bytes: Buffer.concat(out), code: error.code, detail: error.detail }
  }
}

const pieces = fc.array(fc.oneof(fc.integer({ min: 5, max: 100 }), fc.integer({ min: 1, max: 2000 }), fc.constantFrom(512, 1024, 65_536)), { minLength: 1, maxLength: 6 })

/** Up to the two blocks of zeroes: what follows is padding of the writer's. */
function withoutPadding (archive: Buffer): Buffer {
  let end = archive.length
  while (end > 0 && archive[end - 1] === 0) end--
  return archive.subarray(0, Math.min(archive.length, Math.ceil(end / 512) * 512 + 1024))
}

t.test('what tar writes passes byte for byte, however it is cut into chunks', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-tar-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  const deep = `long/${'n'.repeat(90)}/${'m'.repeat(90)}`
  mkdirSync(join(folder, deep), { recursive: true })
  writeFileSync(join(folder, deep, 'ä'.repeat(60)), 'x'.repeat(3000))
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, 'block'), 'b'.repeat(512))
  writeFileSync(join(folder, 'setuid'), '#!', { mode: 0o4755 })
  symlinkSync('/etc/passwd', join(folder, 'absolute'))
  symlinkSync('../../elsewhere', join(folder, 'climbing'))
  symlinkSync(`/${'t'.repeat(150)}`, join(folder, 'long-target'))
  linkSync(join(folder, 'block'), join(folder, 'hard'))
  for (const format of ['gnu', 'posix', 'ustar', 'v7', 'oldgnu']) {
    const left = ['ustar', 'v7'].includes(format) ? ['--exclude=long-target', '--exclude=long'] : []
    const archive = execFileSync('tar', ['-C', folder, `--format=${format}`, ...left, '-cf', '-', '.'])
    const expected = withoutPadding(archive)
    await fc.assert(fc.asyncProperty(pieces, async sizes => {
      for (const rules of [{}, { entries: 'inside' }] as const) {
        const { bytes, code, detail } = await passed(inPieces(archive, sizes), rules)
        t.match({ code, same: bytes.equals(expected) }, { code: 'ok', same: true }, `${format}: ${detail}`)
      }
    }), { numRuns: 8 })
  }
})

const file = fc.record({
  // A letter and a colon are a name like any other.
  name: fc.stringMatching(/^([a-z]:\/)?[a-zA-Z0-9._-]{1,20}(\/[a-z]{1,8}){0,3}$/).filter(name => !name.split('/').includes('..')),
  data: fc.uint8Array({ maxLength: 3000 }).map(bytes => Buffer.from(bytes)),
  format: fc.constantFrom('ustar', 'gnu', 'v7')
})
const files = fc.array(file, { maxLength: 8 })

const BAD: Readonly<Record<string, readonly Entry[]>> = {
  'an absolute name': [{ name: '/etc/x', data: 'x' }],
  'a name with ..': [{ name: 'a/../../x', data: 'x' }],
  'a name that is ..': [{ name: '..', type: '5' }],
  'a name with .. and backslashes': [{ name: 'a\\..\\x', data: 'x' }],
  'a name with .. in the prefix': [{ name: 'x', at: { 345: '../up' }, data: 'x' }],
  'an absolute prefix': [{ name: 'x', at: { 345: '/up' }, data: 'x' }],
  'no name': [{ name: '', data: 'x' }],
  'a pax path with ..': [pax({ path: '../x' }), { name: 'fine', data: 'x' }],
  'an absolute pax path': [pax({ path: '/x' }), { name: 'fine', data: 'x' }],
  'a long name of GNU with ..': [{ name: '././@LongLink', type: 'L', data: '../x\0' }, { name: 'fine', data: 'x' }],
  'a hard link out': [{ name: 'a', type: '1', link: '../../etc/passwd' }],
  'an absolute hard link': [{ name: 'a', type: '1', link: '/etc/passwd' }],
  'a hard link out by pax': [pax({ linkpath: '../x' }), { name: 'a', type: '1', link: 'fine' }],
  'a hard link out by GNU': [{ name: '././@LongLink', type: 'K', data: '/etc/passwd\0' }, { name: 'a', type: '1', link: 'fine' }],
  'a way through a symbolic link': [{ name: 'l', type: '2', link: '/etc' }, { name: './l//x', data: 'x' }],
  'a way through a hard link to a symbolic link': [{ name: 'l', type: '2', link: '/etc' }, { name: 'm', type: '1', link: 'l' }, { name: 'm/x', data: 'x' }],
  'a way through a folder that was a symbolic link': [{ name: 'l', type: '2', link: '/etc' }, { name: 'l/', type: '5' }, { name: 'l/x', data: 'x' }],
  'a hard link through a symbolic link': [{ name: 'l', type: '2', link: '/etc' }, { name: 'x', type: '1', link: 'l/passwd' }],
  'a character device': [{ name: 'c', type: '3' }],
  'a block device': [{ name: 'b', type: '4' }],
  'a fifo': [{ name: 'f', type: '6' }],
  'a reserved type': [{ name: 'r', type: '7', data: 'x' }],
  'an unknown type': [{ name: 'u', type: 'Z', data: 'x' }],
  'a file with the name of a folder': [{ name: 'a/', data: 'x' }],
  'a file in the place of the folder itself': [{ name: './', data: 'x' }],
  'a name of more than 4096 bytes': [pax({ path: 'x'.repeat(4097) }), { name: 'fine', data: 'x' }],
  'an attribute of the host\'s': [pax({ 'SCHILY.xattr.trusted.overlay.opaque': 'y' }), { name: 'd/', type: '5' }]
}

/** Wrong under any rules: readers do not agree on what it says, or it can't be read. */
const UNREADABLE: Readonly<Record<string, readonly Entry[]>> = {
  'an old sparse file': [{ name: 's', type: 'S', format: 'gnu', at: { 483: '20000000000\0' } }],
  'a sparse file by pax': [pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '1099511627776' }), { name: 's', data: 'x' }],
  'a folder with data': [{ name: 'd/', type: '5', data: 'x' }],
  'a hard link with data': [{ name: 'a', type: '1', link: 'b', data: 'x' }],
  'an old folder with data': [{ name: 'd/', type: '\0', data: 'x' }],
  'a folder with data by pax': [pax({ size: '1' }), { name: 'd/', type: '5' }],
  'a negative size': [{ name: 'a', at: { 124: Buffer.from('ffffffffffffffffffffffff', 'hex') } }],
  'a size past all bounds': [{ name: 'a', at: { 124: Buffer.from('807fffffffffffffffffffff', 'hex') } }],
  'a size that is no number': [{ name: 'a', at: { 124: '0000000012x' } }],
  'a size with a NUL in it': [{ name: 'a', at: { 124: Buffer.from('000\x00000012') } }],
  'a mode that is no number': [{ name: 'a', at: { 100: 'rwxrwxr' } }],
  'a pax size with a sign': [pax({ size: '+1' }), { name: 'a', data: 'x' }],
  'a pax size in hex': [pax({ size: '0x1' }), { name: 'a', data: 'x' }],
  'a pax path with a NUL': [pax({ path: 'a\0b' }), { name: 'a', data: 'x' }],
  'a pax path twice': [{ name: 'p', type: 'x', data: record('path', 'a') + record('path', 'b') }, { name: 'a' }],
  'a pax record of a wrong length': [{ name: 'p', type: 'x', data: '99 path=a\n' }, { name: 'a' }],
  'a pax record without an end': [{ name: 'p', type: 'x', data: '8 path=a' }, { name: 'a' }],
  'a pax record without a key': [{ name: 'p', type: 'x', data: '5 =a\n' }, { name: 'a' }],
  'a global path': [pax({ path: 'x' }, 'g'), { name: 'a' }],
  'a global size': [pax({ size: '0' }, 'g'), { name: 'a' }],
  'a global header behind an entry\'s own': [pax({ path: 'a' }), pax({ comment: 'x' }, 'g'), { name: 'b' }],
  'two pax headers': [pax({ path: 'a' }), pax({ mtime: '1' }), { name: 'b' }],
  'two long names': [{ name: 'L', type: 'L', data: 'a\0' }, { name: 'L', type: 'L', data: 'b\0' }, { name: 'c' }],
  'pax and GNU at once': [pax({ path: 'a' }), { name: 'L', type: 'L', data: 'b\0' }, { name: 'c' }],
  'a long name that goes on behind its end': [{ name: 'L', type: 'L', data: 'a\0../x' }, { name: 'c' }],
  'a pax header of more than 1 MiB': [{ name: 'p', type: 'x', size: 1024 * 1024 + 1 }, { name: 'a' }],
  'times of GNU that Go reads as a prefix': [{ name: 'x', format: 'gnu', at: { 345: '../../etc' }, data: 'x' }],
  'a magic that is half ustar': [{ name: 'x', at: { 257: 'ustar 00' }, data: 'x' }]
}

for (const [group, cases, rules] of [['refused inside a container', BAD, { entries: 'inside' }], ['refused anywhere', UNREADABLE, {}]] as const) {
  for (const [what, bad] of Object.entries(cases)) {
    t.test(`${group}: ${what}, and nothing of it or after it came out`, async t => {
      // Entries that are all right by themselves, before the one that is not.
      const fine = group === 'refused anywhere' ? 0 : bad.findLastIndex(({ type = '0' }) => !'xLK'.includes(type))
      const prelude = bad.slice(0, fine).filter(({ type = '0' }) => !'xLK'.includes(type)).map(entry)
      await fc.assert(fc.asyncProperty(files, pieces, async (before, sizes) => {
        const good = Buffer.concat([...before.map(entry), ...prelude])
        const archive = Buffer.concat([...before.map(entry), ...bad.map(entry), entry({ name: 'after', data: 'after' }), END])
        const { bytes, code, detail } = await passed(inPieces(archive, sizes), rules)
        t.equal(code, 'invalid-input', detail)
        t.ok(bytes.length <= good.length && good.subarray(0, bytes.length).equals(bytes), `${bytes.length} of ${good.length} bytes`)
      }), { numRuns: 3 })
    })
  }
}

t.test('what is not refused', async t => {
  const link = { name: 'l', type: '2', link: '/usr/bin/y' }
  const fine: Readonly<Record<string, readonly Entry[]>> = {
    'a name with dots': [{ name: '..a/b..', data: 'x' }],
    'a symbolic link that leads out': [link, { name: 'l2/x', data: 'x' }],
    'a hard link in the archive': [{ name: 'a', data: 'x' }, { name: 'b', type: '1', link: './a' }],
    'setuid and a large owner in base-256': [{ name: 'a', mode: 0o6755, at: { 108: Buffer.from('8000000077777777', 'hex') } }],
    'a time before 1970': [{ name: 'a', at: { 136: Buffer.from('ffffffffffffffffffffff00', 'hex') } }],
    'a global comment': [pax({ comment: 'x' }, 'g'), { name: 'a' }],
    'an empty pax path leaves the name': [pax({ path: '' }), { name: 'a', data: 'x' }],
    'a capability': [pax({ 'SCHILY.xattr.security.capability': '\x01\0\0\x02' }), { name: 'a', data: 'x' }],
    'long name and long target': [{ name: 'K', type: 'K', data: `${'k'.repeat(200)}\0` }, { name: 'L', type: 'L', data: `${'n'.repeat(200)}\0` }, link],
    'a pax size over the header\'s': [pax({ size: '3' }), { name: 'a', data: 'abc', size: 0 }],
    'the folder itself': [{ name: './', type: '5' }]
  }
  for (const [what, entries] of Object.entries(fine)) {
    const archive = archiveOf(...entries)
    const { bytes, code, detail } = await passed(archive)
    t.equal(code, 'ok', `${what}: ${detail}`)
    t.ok(bytes.equals(archive), what)
  }
  t.equal((await passed(archiveOf({ name: '/dev/null', type: '3' }), {})).code, 'ok', 'without rules for entries a device is the engine\'s business')
})

t.test('the end: whole archives pass, cut-off ones do not', async t => {
  const whole = archiveOf(pax({ comment: 'x' }), { name: 'a', data: 'x'.repeat(700) }, { name: 'b', data: 'y' })
  // a: pax header 0, its data 512, header 1024, data 1536 to 2236, padding to 2560; b: header 2560, one byte at 3072.
  const ends = new Map([[2236, 'ok'], [2300, 'ok'], [2560, 'ok'], [3073, 'ok'], [3584, 'ok'], [4096, 'ok'], [4608, 'ok']])
  for (const length of [0, 1, 511, 512, 513, 1000, 1024, 1025, 1535, 1536, 2235, ...ends.keys(), 2561, 3072, 3600, 4100]) {
    t.equal((await passed(whole.subarray(0, length))).code, ends.get(length) ?? 'invalid-input', `${length} bytes`)
  }
  const { bytes, code } = await passed(Buffer.concat([whole, Buffer.from('anything at all'.repeat(100))]))
  t.equal(code, 'ok')
  t.ok(bytes.equals(whole), 'what stands behind the end is not passed on')
  t.equal((await passed(Buffer.concat([END.subarray(0, 512), entry({ name: 'a' })]))).code, 'invalid-input', 'one block of zeroes is no end')
  t.equal((await passed(Buffer.concat([entry(pax({ path: 'a' })), END]))).code, 'invalid-input', 'a header without its entry')
})

t.test('compressed bodies, and what is no tar', async t => {
  const tar = archiveOf({ name: 'a', data: 'x'.repeat(5000) })
  const begins = { gzip: '1f8b0800', bzip2: '425a6839', xz: 'fd377a585a0000', zstd: '28b52ffd24', 'zstd with a frame to skip': '502a4d18' }
  for (const [what, hex] of Object.entries(begins)) {
    for (const rest of [Buffer.alloc(0), tar]) {
      const { bytes, code } = await passed(inPieces(Buffer.concat([Buffer.from(hex, 'hex'), rest]), [1, 3, 600]), {})
      t.match({ code, length: bytes.length }, { code: 'unsupported-media-type', length: 0 }, what)
    }
  }
  const disguised = await passed(archiveOf({ name: 'BZh91AY', data: 'x' }), {})
  t.equal(disguised.code, 'unsupported-media-type', 'a tar that engines take for bzip2')
  await fc.assert(fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }).filter(bytes => bytes.some(byte => byte !== 0)), pieces, async (bytes, sizes) => {
    const { bytes: out, code } = await passed(inPieces(Buffer.from(bytes), sizes), {})
    return ['invalid-input', 'unsupported-media-type'].includes(code) && out.every(byte => byte === 0)
  }), { numRuns: 100 })
  const wrong = archiveOf({ name: 'a', data: 'x' })
  wrong.write('b', 0)
  t.match(await passed(wrong), { code: 'invalid-input', detail: /checksum/ })
  t.throws(() => plainTar(undefined), { code: 'invalid-input' })
})

t.test('too many headers', async t => {
  const one = entry({ name: 'a', type: '5' })
  const archive = Buffer.concat([...Array.from({ length: 1001 }, () => one), END])
  const { bytes, code, detail } = await passed(inPieces(archive, [512 * 7]), { maxEntries: 1000 })
  t.match({ code, detail }, { code: 'invalid-input', detail: /more than 1000 entries/ })
  t.ok(bytes.length <= 1000 * 512, 'not one more came out')
  t.equal((await passed(archive, { maxEntries: 1001 })).code, 'ok')
})

t.test('back-pressure, and letting go of a source', async t => {
  const data = Buffer.alloc(1024 * 1024)
  let read = 0
  const source = Readable.from((async function * () {
    yield entry({ name: 'a', size: 2 ** 33 - 1 })
    for (;;) {
      read += data.length
      yield data
      await setImmediate()
    }
  })(), { objectMode: false })
  const stream = plainTar(source)
  await once(stream, 'readable')
  await new Promise(resolve => setTimeout(resolve, 50))
  t.ok(read <= 4 * data.length, `${read} bytes were read ahead of a reader that does not read`)
  stream.destroy()
  await once(stream, 'close')
  source.destroy()

  const sending = new PassThrough()
  const refused = plainTar(sending)
  sending.write(Buffer.alloc(600, 'x'))
  await once(refused, 'error')
  for (let turn = 0; turn < 100; turn++) if (!sending.write(data)) await once(sending, 'drain')
  sending.end()
  await once(sending, 'close')
  t.pass('a refused source is read to its end')

  const leaving = new PassThrough()
  const left = plainTar(leaving)
  leaving.write(entry({ name: 'a' }))
  leaving.destroy(new Error('cut'))
  const [error] = await once(left, 'error')
  t.equal(error.name, 'AbortError', 'a caller that left is no fault of the engine\'s')
})
