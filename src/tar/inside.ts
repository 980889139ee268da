import type { Header } from './header.js'
import { refusedEntry } from './refusals.js'

/** The kernel takes no longer path. */
const NAME_BYTES = 4096
/** How much of the names of an archive's symbolic links is remembered. */
const LINK_BYTES = 16 * 1024 * 1024
const [FILE, OLD_FILE, HARD_LINK, SYMBOLIC_LINK, FOLDER] = ['0', '\0', '1', '2', '5']
const KNOWN: ReadonlyArray<string | undefined> = [FILE, OLD_FILE, HARD_LINK, SYMBOLIC_LINK, FOLDER]

/**
 * Keeps every entry of an archive inside the folder it is unpacked in: no absolute names, none that climb out, none
 * that go through a symbolic link which the archive brought itself, and nothing but files, folders and links.
 * Where a symbolic link leads is its own business: engines resolve it inside the container.
 */
export class Inside {
  /** Names that are symbolic links by now; none is ever taken off. */
  readonly #links = new Set<string>()
  #linkBytes = 0

  /** @throws `invalid-input` with the entry's name and what is wrong with it */
  check (entry: Header, attributes: readonly string[]): void {
    const { type, name, link } = entry
    const refuse = (reason: string): never => { throw refusedEntry(name, reason) }
    if (!KNOWN.includes(type)) refuse(/[346]/.test(type) ? 'is a device or a fifo' : 'is of a type that is not taken')
    if (attributes.some(attribute => attribute.startsWith('trusted.'))) refuse('has an attribute that belongs to the host')
    const path = this.#inside(name, 'its name', refuse)
    if (type !== FOLDER && (path === '' || (type === FILE && name.endsWith('/')))) refuse('has the name of a folder and is none')
    if (type === SYMBOLIC_LINK || (type === HARD_LINK && this.#links.has(this.#inside(link, 'its target', refuse)))) this.#remember(path, refuse)
  }

  /** The path without what does not matter in it. */
  #inside (path: string, what: string, refuse: (reason: string) => never): string {
    if (path === '') refuse(`has nothing as ${what}`)
    if (path.length > NAME_BYTES) refuse(`has more than ${NAME_BYTES} bytes as ${what}`)
    // An engine on Windows takes the backslash for a separator too.
    if (/^[/\\]/.test(path)) refuse(`has an absolute path as ${what}`)
    if (path.split(/[/\\]/).includes('..')) refuse(`climbs out with ".." in ${what}`)
    const parts = path.split('/').filter(part => part !== '' && part !== '.')
    for (let length = 1; length < parts.length; length++) {
      if (this.#links.has(parts.slice(0, length).join('/'))) refuse(`goes through a symbolic link of the same archive with ${what}`)
    }
    return parts.join('/')
  }

  #remember (path: string, refuse: (reason: string) => never): void {
    this.#linkBytes += path.length
    if (this.#linkBytes > LINK_BYTES) refuse('is one symbolic link too many')
    this.#links.add(path)
  }
}
