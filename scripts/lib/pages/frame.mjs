// @ts-check
import { escape } from './markdown.mjs'

/** @typedef {import('./list.mjs').PageSource & import('./markdown.mjs').Rendered} Page */

/**
 * Nothing inline: the gateway's policy for pages takes neither scripts nor styles within them.
 * @param {{ title: string, description: string, head?: string, body: string }} page
 */
const frame = ({ title, description, head = '', body }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<meta name="description" content="${escape(description)}">
<link rel="icon" href="/docs/icon.svg">
${head}<link rel="stylesheet" href="/docs/guide.css">
</head>
<body>
<header>
<a class="name" href="/docs">Caisson</a>
<nav aria-label="Documents">
<a href="/docs/start">Guide</a>
<a href="/docs#reference">REST reference</a>
<a href="/graphiql">GraphiQL</a>
<a href="/openapi.yaml">openapi.yaml</a>
</nav>
</header>
${body}
</body>
</html>
`

/**
 * @param {Page} page
 * @param {readonly Page[]} guides
 * @param {readonly Page[]} background
 */
export function guidePage (page, guides, background) {
  const all = [...guides, ...background]
  const next = all[all.indexOf(page) + 1]
  const body = `<div class="columns">
<nav class="side" aria-label="Pages">
${listOf(guides, page)}
<p>Background</p>
${listOf(background, page)}
</nav>
<main>
${page.html}${next === undefined ? '' : nextOf(next)}</main>
</div>`
  const title = page.title === 'Caisson' ? page.title : `${page.title} · Caisson`
  return frame({ title, description: page.lead, body })
}

const nextOf = (/** @type {Page} */ { name, label }) =>
  `<p class="next">Next: <a href="/docs/${name}">${escape(label)}</a></p>\n`

/** The page that is open has its sections below it. */
function listOf (/** @type {readonly Page[]} */ pages, /** @type {Page} */ open) {
  const items = pages.map(page => page === open
    ? `<li><a href="/docs/${page.name}" aria-current="page">${escape(page.label)}</a>${sectionsOf(page)}</li>`
    : `<li><a href="/docs/${page.name}">${escape(page.label)}</a></li>`)
  return `<ul>\n${items.join('\n')}\n</ul>`
}

function sectionsOf (/** @type {Page} */ { headings }) {
  const sections = headings.filter(({ level }) => level === 2)
  const items = sections.map(({ id, text }) => `<li><a href="#${id}">${escape(text)}</a></li>`)
  return items.length === 0 ? '' : `<ul>${items.join('')}</ul>`
}

/**
 * `/docs` itself: where the guide is, and below it the reference, made by a script of the page from /openapi.json.
 * @param {readonly Page[]} guides
 * @param {readonly Page[]} background
 */
export function indexPage (guides, background) {
  const cards = guides.map(({ name, label, lead }) =>
    `<li><a href="/docs/${name}">${escape(label)}</a><br>${escape(firstSentence(lead))}</li>`)
  const others = background.map(({ name, label }) => `<a href="/docs/${name}">${escape(label)}</a>`)
  return frame({
    title: 'Caisson: guide and REST reference',
    description: 'The guide of this gateway, and every operation of its REST API',
    head: '<link rel="stylesheet" href="/docs/swagger-ui.css">\n',
    body: `<section class="index" aria-label="Guide">
<ul class="cards">
${cards.join('\n')}
</ul>
<p>${others.join(' · ')}</p>
</section>
<section id="reference" aria-label="REST reference">
<div id="page"></div>
</section>
<script src="/docs/swagger-ui.js"></script>
<script src="/docs/page.js"></script>`
  })
}

const firstSentence = (/** @type {string} */ text) => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text
