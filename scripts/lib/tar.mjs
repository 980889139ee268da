// @ts-check

/**
 * @typedef {object} Entry
 * @property {string} path without a leading slash
 * @property {Buffer | string} [data] a file
 * @property {string} [link] a symbolic link to this
 * @property {number} [mode]
 */

const BLOCK = 512

/**
 * Writes a tar archive in memory; an entry with neither data nor link is a folder.
 * @param {Entry[]} entries
 */
export function tar (entries) {
  return Buffer.concat([...entries.flatMap(pack), Buffer.alloc(2 * BLOCK)])
}

/** @param {Entry} entry */
function pack (entry) {
  const data = Buffer.from(entry.data ?? '')
  const padding = Buffer.alloc((BLOCK - data.length % BLOCK) % BLOCK)
  return [header(entry, data.length), data, padding]
}

/**
 * @param {Entry} entry
 * @param {number} size
 */
function header ({ path, data, link, mode }, size) {
  const folder = data === undefined && link === undefined
  const [prefix, name] = split(folder ? `${path}/` : path)
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0)
  block.write(octal(mode ?? (folder ? 0o755 : 0o644), 7), 100)
  block.write(octal(0, 7), 108) // owner and group: root
  block.write(octal(0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(0, 11), 136) // no time, so that the same content is the same image
  block.write(' '.repeat(8), 148)
  block.write(link !== undefined ? '2' : folder ? '5' : '0', 156)
  block.write(link ?? '', 157, 100)
  block.write('ustar\u000000', 257)
  block.write(prefix, 345)
  block.write(`${octal(block.reduce((sum, byte) => sum + byte, 0), 6)}\0 `, 148)
  return block
}

/**
 * @param {number} value
 * @param {number} digits
 */
const octal = (value, digits) => value.toString(8).padStart(digits, '0')

/**
 * A path of more than 100 bytes is kept in two fields, cut at a slash.
 * @param {string} path
 * @returns {[prefix: string, name: string]}
 */
function split (path) {
  if (Buffer.byteLength(path) <= 100) return ['', path]
  const cut = path.indexOf('/', Math.max(0, path.length - 101))
  const [prefix, name] = [path.slice(0, cut), path.slice(cut + 1)]
  if (cut < 1 || name === '' || Buffer.byteLength(prefix) > 155 || Buffer.byteLength(name) > 100) throw new Error(`too long for this tar: ${path}`)
  return [prefix, name]
}
