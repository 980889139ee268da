import { chromium, type Browser, type Page } from 'playwright-core'
import t from 'tap'
import { ensurePackages } from '../../scripts/lib/debian.mjs'
import { CHROMIUM } from '../../scripts/lib/test-packages.mjs'
import { ADMIN_PASSWORD, startGateway } from '../support/gateway.js'

await ensurePackages([CHROMIUM])
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const browser: Browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
t.teardown(async () => { await browser.close() })
const { url } = await startGateway(t)

/** A page that keeps what went wrong: what the console says, and whatever is asked from elsewhere. */
async function open (path: string): Promise<{ page: Page, wrong: string[] }> {
  const page = await browser.newPage()
  const wrong: string[] = []
  page.on('console', message => { if (message.type() === 'error') wrong.push(message.text()) })
  page.on('pageerror', error => { wrong.push(error.message) })
  page.on('request', request => { if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== url) wrong.push(`asked ${request.url()}`) })
  await page.goto(url + path)
  return { page, wrong }
}

t.test('/docs shows every operation, without anything from elsewhere', async t => {
  const { page, wrong } = await open('/docs')
  await page.waitForSelector('.opblock')
  t.ok(await page.locator('.opblock').count() > 20)
  t.ok(await page.getByText('List containers').first().isVisible())
  t.same(wrong, [])
})

t.test('/graphiql signs in and asks', async t => {
  const { page, wrong } = await open('/graphiql')
  await page.locator('input[name="username"]').fill('admin')
  await page.locator('input[name="password"]').fill(ADMIN_PASSWORD)
  await page.locator('input[name="password"]').press('Enter')
  await page.waitForSelector('.graphiql-query-editor')
  await page.locator('.graphiql-query-editor .CodeMirror').click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText('{ hosts { items { name reachable } } }')
  await page.keyboard.press('Control+Enter')
  await page.locator('.result-window').getByText('"reachable"').first().waitFor()
  t.match(await page.locator('.result-window').innerText(), /"local"/)
  t.same(wrong, [])
})
