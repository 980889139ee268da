import { Failure, invalidInput } from '../lib/errors.js'

/** What is wrong with the archive as a whole. */
export const notTar = (reason: string): Failure => invalidInput(`the body is not a tar that can be read: ${reason}`)

export const cutOff = (where: string): Failure => invalidInput(`the tar is cut off: it ends ${where}`)

/** What is wrong with one entry. Nothing of it, nor of what follows it, has been passed on. */
export const refusedEntry = (name: string, reason: string): Failure => invalidInput(`the tar's entry ${shown(name)} is refused: it ${reason}`)

export const compressed = (format: string): Failure =>
  new Failure('unsupported-media-type', `the body is compressed with ${format}: send a plain tar, engines have unpacked such bodies with the host's rights`)

const SHOWN_BYTES = 200

/** Names are kept as bytes, one character each. */
function shown (name: string): string {
  const text = Buffer.from(name.slice(0, SHOWN_BYTES), 'latin1').toString('utf8')
  return JSON.stringify(name.length > SHOWN_BYTES ? `${text}…` : text)
}
