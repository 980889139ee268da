import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import dockerignore from '@balena/dockerignore'
import t from 'tap'
import { ensurePackages } from '../../scripts/lib/debian.mjs'
import { BACKGROUND, GUIDES } from '../../scripts/lib/pages/list.mjs'
import { render } from '../../scripts/lib/pages/markdown.mjs'
import { root } from '../../scripts/lib/setup.mjs'
import { CHROMIUM } from '../../scripts/lib/test-packages.mjs'
import { registerDocuments } from '../../src/documents/plugin.js'
import { registry } from '../../src/operation/registry.js'
import { start } from '../graphql/support.js'

const { app, url } = await start(t, async app => {
  await registerDocuments(app, registry([]), { withExamples: false })
})
const pages = [...GUIDES, ...BACKGROUND]

/** Where somebody wants to look at the pages: a folder. */
const SCREENSHOTS = process.env.CAISSON_TEST_SCREENSHOTS

/** The addresses in an HTML page. */
const linksOf = (html: string) => [...html.matchAll(/ (?:href|src)="([^"]*)"/g)].map(([, address = '']) => address)
const idsIn = (html: string) => new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))

t.test('every page of docs/ is served, and listed at /docs', async t => {
  const files = readdirSync(join(root, 'docs')).map(name => `docs/${name}`)
  t.same(files.filter(file => !GUIDES.some(page => page.file === file)), [], 'scripts/lib/pages/list.mjs has each')
  const index = (await app.inject('/docs')).body
  for (const { name, file } of pages) {
    const { statusCode, headers, body } = await app.inject(`/docs/${name}`)
    t.match({ statusCode, type: headers['content-type'] }, { statusCode: 200, type: 'text/html; charset=utf-8' }, name)
    const [, title] = /^# (.*)$/m.exec(readFileSync(join(root, file), 'utf8')) ?? []
    t.ok(title !== undefined && body.includes(`>${title}</h1>`), `${name} is ${file}`)
    t.ok(linksOf(index).includes(`/docs/${name}`), `${name} is listed`)
    t.notMatch(body, /<script|<style|style=|onclick/, 'nothing inline')
  }
})

t.test('every link of a page leads somewhere', async t => {
  const bodies = new Map<string, Promise<{ statusCode: number, body: string }>>()
  const get = async (path: string) => {
    if (!bodies.has(path)) bodies.set(path, Promise.resolve(app.inject(path)))
    return await bodies.get(path) ?? { statusCode: 0, body: '' }
  }
  for (const path of ['/docs', ...pages.map(({ name }) => `/docs/${name}`)]) {
    for (const link of new Set(linksOf((await get(path)).body))) {
      const target = new URL(link, `http://gateway${path}`)
      t.equal(target.origin, 'http://gateway', `${path}: ${link}`)
      const { statusCode, body } = await get(target.pathname)
      t.equal(statusCode, 200, `${path}: ${link}`)
      if (target.hash !== '') t.ok(idsIn(body).has(target.hash.slice(1)), `${path}: ${link} is there`)
    }
  }
})

t.test('a page is kept, packed, and asked for once', async t => {
  const first = await app.inject({ url: '/docs/deploy', headers: { 'accept-encoding': 'br' } })
  t.match(first.headers, { 'content-encoding': 'br', vary: 'Accept-Encoding' })
  const headers = { 'accept-encoding': 'br', 'if-none-match': String(first.headers.etag) }
  const again = await app.inject({ url: '/docs/deploy', headers })
  t.equal(again.statusCode, 304)
  t.match((await app.inject({ url: '/docs/deploy', method: 'HEAD' })), { statusCode: 200, body: '' })
  for (const path of ['/docs/nothing', '/docs/deploy.md', '/docs/index.html', '/docs/..%2f..%2fpackage.json']) {
    t.equal((await app.inject(path)).statusCode, 404, path)
  }
})

t.test('Markdown becomes no more than it says', async t => {
  const page = { file: 'docs/x.md', name: 'x', label: 'X' }
  const { html, headings, drawings, lead } = render(page, `# A \`b\` & c
Lead <b>one</b>.

## Twice
## Twice
[there](hosts.md#podman) [up](../README.md) [here](#twice-1) [nowhere](lost.md) [out](https://example.com)
<script>alert(1)</script>

\`\`\`mermaid
flowchart LR
  accTitle: A "drawing"
  a --> b
\`\`\`
`)
  t.notMatch(html, /<script|<b>/)
  t.match(html, '&lt;script&gt;alert(1)&lt;/script&gt;')
  t.same(headings.map(({ id }) => id), ['a-b--c', 'twice', 'twice-1'], 'as GitHub names them')
  const links = ['/docs/hosts#podman', '/docs/start', '#twice-1', 'lost.md', 'https://example.com', '/docs/x-1.svg']
  t.same(linksOf(html), links)
  t.equal(lead, 'Lead <b>one</b>.', 'as a text, which the frame escapes')
  t.match(drawings, [{ name: 'x-1.svg', title: 'A "drawing"' }])
  t.match(html, 'alt="A &quot;drawing&quot;"')
  t.notMatch(drawings[0]?.source, 'accTitle')
})

t.test('the image has what the build renders', async t => {
  const ignore = dockerignore.default().add(readFileSync(join(root, '.dockerignore'), 'utf8'))
  t.same(pages.filter(({ file }) => ignore.ignores(file)), [], 'the context has each')
  t.ok(ignore.ignores('data/initial-admin-password') && ignore.ignores('test/start.test.ts'), 'and not the rest')
  const build = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\nFROM ')[1] ?? ''
  const before = build.slice(0, build.indexOf('npm run build'))
  const copied = [...before.matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, from = '']) => from.split(' '))
  const holds = (from: string, file: string) =>
    from === file || file.startsWith(`${from}/`) || (from === '*.md' && /^[^/]*\.md$/.test(file))
  for (const { file } of pages) {
    t.ok(copied.some(from => holds(from, file)), `${file} is there before npm run build`)
  }
})

t.test('the pages in a browser: their drawings, and nothing that the policy refuses', async t => {
  await ensurePackages([CHROMIUM])
  const flags = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'
  ]
  const browser: Browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
  t.teardown(async () => { await browser.close() })
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
  const wrong: string[] = []
  page.on('console', message => { wrong.push(message.text()) })
  page.on('pageerror', error => { wrong.push(error.message) })
  page.on('request', request => { if (new URL(request.url()).host !== url) wrong.push(`asked ${request.url()}`) })
  let drawings = 0
  for (const { name } of pages) {
    await page.goto(`http://${url}/docs/${name}`)
    t.match(await page.title(), /^(?:Caisson|.+ · Caisson)$/, name)
    t.equal(await page.locator('.side a[aria-current=page]').getAttribute('href'), `/docs/${name}`)
    const colour = await page.evaluate('getComputedStyle(document.querySelector("header")).backgroundColor')
    t.equal(colour, 'rgb(18, 57, 77)', 'it has its style')
    const widths = await page.evaluate('[...document.images].map(image => image.naturalWidth)') as number[]
    t.ok(widths.every(width => width > 100), `${name}: drawings of ${widths.join(', ')} pixels`)
    drawings += widths.length
    t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'it is no wider than the window')
    if (SCREENSHOTS === undefined) continue
    await page.screenshot({ path: join(SCREENSHOTS, `guide-${name}.png`), fullPage: true })
  }
  t.ok(drawings >= 3, `${drawings} drawings`)
  await page.setViewportSize({ width: 420, height: 800 })
  t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'nor on a telephone')
  t.same(wrong, [])
})
