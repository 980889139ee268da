import { posix } from 'node:path'
import { forbidden, invalidInput } from '../../lib/errors.js'
import type { Header } from '../../tar/header.js'
import type { TarWatch } from '../../tar/plain-tar.js'
import { referenceMatcher } from '../../authorization/patterns.js'
import { instead } from '../limits/rules/words.js'

/** A longer Dockerfile is none that anybody writes. */
const DOCKERFILE_BYTES = 1024 * 1024
/** Docker's own frontend, which the engine has in it already: an image of it is a newer one. */
export const OWN_FRONTENDS = ['docker/dockerfile']
const [FILE, OLD_FILE, FOLDER] = ['0', '\0', '5']

/**
 * Looks at the Dockerfile while the context goes by: an image that it names with `# syntax=` would be pulled and run to
 * read it. The engine begins with a build when it has the whole of its context, and an upload that is broken off is none.
 * It goes with archives whose entries do not lead through links; here the Dockerfile itself, and what it is in, is none either.
 */
export class DockerfileWatch implements TarWatch {
  readonly #paths: readonly string[]
  readonly #isAllowed: (reference: string) => boolean
  #read: Buffer[] = []
  #bytes = 0

  constructor (dockerfile: string | undefined, private readonly frontends: readonly string[] = OWN_FRONTENDS) {
    const path = partsOf(bytesOf(dockerfile === undefined || dockerfile === '' ? 'Dockerfile' : dockerfile)).join('/')
    // BuildKit looks for the same in lower case where a `Dockerfile` is not there.
    this.#paths = posix.basename(path) === 'Dockerfile' ? [path, posix.join(posix.dirname(path), 'dockerfile')] : [path]
    const matchers = frontends.map(referenceMatcher)
    this.#isAllowed = reference => matchers.some(matches => matches(reference))
  }

  /** What BuildKit does not take for an archive it takes for a Dockerfile: this one begins like none that names anything. */
  begin (block: Buffer): void {
    if (/^(?:\xef\xbb\xbf|[\s#{]|\/\/)/.test(block.toString('latin1', 0, 4))) throw invalidInput('the context may not begin with an entry whose name begins like a comment of a Dockerfile: put the Dockerfile first')
  }

  entry ({ type, name, size }: Header): ((data: Buffer) => void) | undefined {
    const path = partsOf(name).join('/')
    const about = this.#paths.find(wanted => wanted === path || wanted.startsWith(`${path}/`))
    if (about === undefined) return undefined
    if (about !== path) {
      if (type !== FOLDER) throw refused(name, 'is on the way to the Dockerfile and must be a folder')
      return undefined
    }
    if (type !== FILE && type !== OLD_FILE) throw refused(name, 'is the Dockerfile and must be a file, not a link')
    if (size > DOCKERFILE_BYTES) throw refused(name, `is a Dockerfile of more than ${DOCKERFILE_BYTES} bytes`)
    this.#read = []
    this.#bytes = size
    if (size === 0) return undefined
    return data => { this.#take(data) }
  }

  #take (data: Buffer): void {
    this.#read.push(Buffer.from(data))
    this.#bytes -= data.length
    if (this.#bytes === 0) this.#look(Buffer.concat(this.#read))
  }

  /** @throws `forbidden` where it names a frontend that the role does not allow */
  #look (dockerfile: Buffer): void {
    const foreign = frontendsIn(dockerfile).find(reference => !this.#isAllowed(reference))
    if (foreign === undefined) return
    throw forbidden(`the Dockerfile names ${foreign || 'an image'} with "syntax", which would be pulled and run to read it: ${instead(this.frontends)}`, { rule: 'limit:frontends', errors: [{ path: '/dockerfile', message: 'names a frontend that your grant does not allow' }] })
  }
}

/** With the decoding that BuildKit does, and then some: a byte order mark, a first line for a shell, comments of either kind. */
export function frontendsIn (dockerfile: Buffer): string[] {
  const text = dockerfile.toString('utf8').replace(/^\uFEFF/, '')
  if (/^\s*\{/.test(text)) return ['']
  const lines = text.split('\n').map(line => line.trim())
  const end = lines.findIndex(line => line !== '' && !/^(?:#|\/\/)/.test(line))
  return lines.slice(0, end < 0 ? lines.length : end).flatMap(line => {
    const [, reference] = /^(?:#|\/\/)\s*syntax\s*=\s*(\S*)/i.exec(line) ?? []
    return reference === undefined ? [] : [reference]
  })
}

/** Names in an archive have one character for each byte. */
const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const partsOf = (path: string): string[] => posix.normalize(`/${path}`).split('/').filter(part => part !== '')

const refused = (name: string, reason: string) => invalidInput(`the context's entry ${JSON.stringify(Buffer.from(name.slice(0, 200), 'latin1').toString('utf8'))} ${reason}`)
