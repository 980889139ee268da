import { chromium } from 'playwright-core'
import t from 'tap'
import { ensurePackages } from '../../scripts/lib/debian.mjs'
import { CHROMIUM } from '../../scripts/lib/test-packages.mjs'
import { registerDocuments } from '../../src/documents/plugin.js'
import { registry } from '../../src/operation/registry.js'
import { start } from '../graphql/support.js'

const login = { accessToken: 'ann', tokenType: 'Bearer', expiresIn: 900, refreshToken: 'r' }

const { app, url } = await start(t, async app => {
  app.post('/api/v1/auth/login', async () => login)
  await registerDocuments(app, registry([]), { withExamples: false })
})

t.test('the pages say what a browser may load, and are nothing but what is listed', async t => {
  for (const path of ['/docs', '/docs/', '/docs/page.js', '/docs/swagger-ui.css', '/graphiql', '/graphiql/react.js', '/openapi.json', '/openapi.yaml']) {
    const { statusCode, headers } = await app.inject(path)
    t.equal(statusCode, 200, path)
    const policy = String(headers['content-security-policy'])
    t.match(policy, "script-src 'self';")
    t.notMatch(policy, 'unsafe')
    t.equal(headers['x-content-type-options'], 'nosniff')
  }
  for (const path of ['/docs/nothing.js', '/docs/..%2f..%2fpackage.json', '/graphiql/swagger-ui.css']) t.equal((await app.inject(path)).statusCode, 404, path)
  const { headers: { etag } } = await app.inject('/graphiql/react.js')
  t.equal((await app.inject({ url: '/graphiql/react.js', headers: { 'if-none-match': String(etag) } })).statusCode, 304)
  t.notMatch((await app.inject('/graphiql')).body, /<script>|style=|onclick/)
})

t.test('GraphiQL subscribes over WebSocket with the token of the page', async t => {
  await ensurePackages([CHROMIUM])
  const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
  t.teardown(async () => { await browser.close() })
  const page = await browser.newPage()
  const wrong: string[] = []
  page.on('console', message => { if (message.type() === 'error') wrong.push(message.text()) })
  page.on('pageerror', error => { wrong.push(error.message) })
  await page.goto(`http://${url}/graphiql`)
  await page.locator('input[name="username"]').fill('ann')
  await page.locator('input[name="password"]').fill('right')
  await page.locator('#sign-in button').click()
  await page.locator('.graphiql-query-editor .CodeMirror').click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText('subscription { boatHear(host: "north", id: "b1") { __typename } }')
  // It reads the text a moment after it was typed, and only then knows that this is a subscription.
  await page.waitForTimeout(1000)
  await page.keyboard.press('Control+Enter')
  await page.locator('.result-window').getByText('"EndEvent"').first().waitFor({ timeout: 30_000 })
  t.same(wrong, [])
  t.same(await page.evaluate('Object.values(localStorage).filter(text => text.includes("Bearer") || text.includes("accessToken"))'), [], 'the token is in no storage')
})
