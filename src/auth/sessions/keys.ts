import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, randomUUID, type KeyObject } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { makePrivateDirectory } from '../../store/sqlite.js'

/** What access tokens are signed and verified with: Ed25519, the algorithm `EdDSA`. */
export interface SigningKeys {
  /** The key id (`kid`): the key's RFC 7638 thumbprint, SHA-256, base64url. */
  readonly id: string
  /** PKCS #8, PEM. */
  readonly privateKey: string
  /** SPKI, PEM. */
  readonly publicKey: string
  /** Made from the private key: keys digests of what may be compared and must not be read. */
  readonly digestKey: Uint8Array
}

const PRIVATE_FILE = 'token-key.pem'

/**
 * The keys of the data directory, made on the first start. The private key is kept, 0600; the public key is made
 * from it, so that the two always fit.
 * @throws {Error} with one line, when others may read the key, or it can't be read or is of another kind
 */
export function loadSigningKeys (dataDir: string): SigningKeys {
  const file = resolve(dataDir, PRIVATE_FILE)
  if (!existsSync(file)) makeKey(dataDir, file)
  const mode = statSync(file).mode & 0o777
  if ((mode & 0o077) !== 0) throw new Error(`${file}: others may use this key (mode ${mode.toString(8).padStart(4, '0')}): chmod 600 it, or remove it to sign everyone out and have a new one`)
  const privateKey = readKey(file)
  const publicKey = createPublicKey(privateKey)
  return {
    id: thumbprint(publicKey),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    digestKey: new Uint8Array(hkdfSync('sha256', privateKey.export({ type: 'pkcs8', format: 'der' }), '', 'caisson digests', 32))
  }
}

/** Written whole and then given its name: a start that is cut short leaves no half key, and of two starts one wins. */
function makeKey (dataDir: string, file: string): void {
  makePrivateDirectory(dataDir)
  const draft = `${file}.${randomUUID()}`
  const handle = openSync(draft, 'wx', 0o600)
  try {
    writeSync(handle, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    fsyncSync(handle)
  } finally { closeSync(handle) }
  try { linkSync(draft, file) } catch (error) { if (!existsSync(file)) throw error } finally { unlinkSync(draft) }
}

/** The cause is not attached: it may quote the file. */
function readKey (file: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(file))
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch { /* said below */ }
  throw new Error(`${file}: this is not a readable Ed25519 private key in PEM: restore it, or remove it to sign everyone out and have a new one`)
}

function thumbprint (key: KeyObject): string {
  const { crv, kty, x } = key.export({ format: 'jwk' })
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url')
}
