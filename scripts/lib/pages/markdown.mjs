// @ts-check
import { posix } from 'node:path'
import { Marked, Renderer } from 'marked'
import { BACKGROUND, ELSEWHERE, GUIDES } from './list.mjs'

/** @typedef {{ level: number, id: string, text: string }} Heading */
/** @typedef {{ name: string, source: string, title: string }} Drawing */
/** @typedef {{ html: string, title: string, lead: string, headings: Heading[], drawings: Drawing[] }} Rendered */

/** @type {[string, string][]} */
const PAGES = [...GUIDES, ...BACKGROUND].map(({ file, name }) => [file, `/docs/${name}`])
const ADDRESSES = new Map([...ELSEWHERE, ...PAGES])

/**
 * A page's Markdown as HTML. HTML within the Markdown is shown as text, so that there is one way to write a page.
 * @param {import('./list.mjs').PageSource} page
 * @param {string} markdown
 * @returns {Rendered}
 */
export function render ({ file, name }, markdown) {
  /** @type {Heading[]} */
  const headings = []
  /** @type {Drawing[]} */
  const drawings = []
  const idOf = slugger()
  const marked = new Marked({
    renderer: {
      heading ({ tokens, depth }) {
        const text = plain(tokens)
        const id = idOf(text)
        headings.push({ level: depth, id, text })
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      link ({ href, title, tokens }) {
        const named = title ? ` title="${escape(title)}"` : ''
        return `<a href="${escape(addressOf(href, file))}"${named}>${this.parser.parseInline(tokens)}</a>`
      },
      code ({ text, lang = '' }) {
        const [language = ''] = lang.split(' ')
        if (language !== 'mermaid') return `<pre tabindex="0"><code>${escape(text)}\n</code></pre>\n`
        const drawing = { name: `${name}-${drawings.length + 1}.svg`, ...drawingOf(text) }
        drawings.push(drawing)
        return `<p class="drawing"><img src="/docs/${drawing.name}" alt="${escape(drawing.title)}"></p>\n`
      },
      // Wide ones are scrolled by themselves, by the keyboard as well.
      table (token) { return `<div class="table" tabindex="0">${Renderer.prototype.table.call(this, token)}</div>\n` },
      html: ({ text }) => escape(text)
    }
  })
  const html = String(marked.parse(markdown))
  const paragraph = marked.lexer(markdown).find(({ type }) => type === 'paragraph')
  const lead = paragraph === undefined || !('tokens' in paragraph) ? '' : plain(paragraph.tokens ?? [])
  return { html, title: headings[0]?.text ?? name, lead, headings, drawings }
}

/** Where a link of a page leads on the gateway. One that leads nowhere there stays as it is, and a test finds it. */
function addressOf (/** @type {string} */ href, /** @type {string} */ from) {
  if (/^[a-z]+:|^#|^\//.test(href)) return href
  const [path = '', anchor] = href.split('#')
  const address = ADDRESSES.get(posix.join(posix.dirname(from), path))
  return address === undefined ? href : `${address}${anchor === undefined ? '' : `#${anchor}`}`
}

/** The name of a drawing is a line of its own in Mermaid, which whoever cannot see the drawing is read. */
function drawingOf (/** @type {string} */ text) {
  const title = /^\s*accTitle: *(.+)$/m.exec(text)?.[1] ?? 'A drawing'
  return { title, source: text.replace(/^\s*acc(?:Title|Descr):.*\n/gm, '') }
}

/** Anchors as GitHub makes them, so that a link works at both places. */
function slugger () {
  /** @type {Map<string, number>} */
  const used = new Map()
  return (/** @type {string} */ text) => {
    const slug = text.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-')
    const count = used.get(slug) ?? 0
    used.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  }
}

/** The bare words. @param {readonly import('marked').Token[]} tokens @returns {string} */
function plain (tokens) {
  return tokens.map(token => {
    if ('tokens' in token && token.tokens) return plain(token.tokens)
    return 'text' in token ? token.text : ''
  }).join('')
}

export const escape = (/** @type {string} */ text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
