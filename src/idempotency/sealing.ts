import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { canonical } from '../audit/chain.js'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * What the store may not tell whoever reads it: keys and inputs become keyed digests, and an answer, which may hold what
 * a command wrote, can be read only by whoever shows its key again.
 */
export class Sealing {
  constructor (private readonly secret: Uint8Array) {}

  digest (value: object): string {
    return createHmac('sha256', this.secret).update(canonical(value)).digest('hex')
  }

  seal (text: string, id: string, key: string): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(ALGORITHM, this.#keyFor(id, key), nonce)
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
  }

  /** @throws {Error} where it was sealed otherwise, or changed since */
  open (sealed: string, id: string, key: string): string {
    const bytes = Buffer.from(sealed, 'base64')
    const decipher = createDecipheriv(ALGORITHM, this.#keyFor(id, key), bytes.subarray(0, NONCE_BYTES))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  }

  #keyFor (id: string, key: string): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.secret, id, `caisson kept answer ${key}`, 32))
  }
}
