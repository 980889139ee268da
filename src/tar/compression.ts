/** How compressed bodies begin. Engines look at nothing else, so that neither does the gateway. */
const MAGIC: ReadonlyArray<readonly [format: string, begins: readonly number[]]> = [
  ['gzip', [0x1f, 0x8b]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]]
]

/** What the body is compressed with, as far as its first bytes tell. */
export function compressionOf (begin: Buffer): string | undefined {
  const found = MAGIC.find(([, bytes]) => bytes.every((byte, index) => begin[index] === byte))
  return found?.[0] ?? (isSkippable(begin) ? 'zstd' : undefined)
}

/** A zstd stream may begin with frames to skip: 0x184D2A50 to 0x184D2A5F, little-endian. */
const isSkippable = (begin: Buffer): boolean =>
  begin.length >= 4 && begin.readUInt32LE(0) >= 0x184d2a50 && begin.readUInt32LE(0) <= 0x184d2a5f
