// @ts-check
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { draw } from './drawing.mjs'
import { guidePage, indexPage } from './frame.mjs'
import { BACKGROUND, GUIDES, pagesIn } from './list.mjs'
import { render } from './markdown.mjs'

/**
 * Everything below /docs that is rendered: a page is `NAME.html`, whatever else there is has its own name.
 * @param {string} root
 * @param {string} folder
 */
export function writePages (root, folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const write = (/** @type {string} */ name, /** @type {string} */ text) => writeFileSync(join(folder, name), text)
  const pages = pagesIn(root).map(page => ({ ...page, ...render(page, readFileSync(join(root, page.file), 'utf8')) }))
  /** @param {readonly import('./list.mjs').PageSource[]} list */
  const among = list => pages.filter(page => list.some(({ name }) => name === page.name))
  const [guides, background] = [among(GUIDES), among(BACKGROUND)]
  for (const page of pages) {
    write(`${page.name}.html`, guidePage(page, guides, background))
    for (const { name, source } of page.drawings) write(name, draw(source))
  }
  write('index.html', indexPage(guides, background))
  copyFileSync(join(import.meta.dirname, 'guide.css'), join(folder, 'guide.css'))
  if (existsSync(join(root, 'LICENSE'))) copyFileSync(join(root, 'LICENSE'), join(folder, 'license.txt'))
}
