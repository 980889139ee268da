import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import t from 'tap'
import { ensurePackages } from '../../scripts/lib/debian.mjs'
import { CHROMIUM } from '../../scripts/lib/test-packages.mjs'
import { ADMIN_PASSWORD, startGateway } from '../support/gateway.js'
import { channelBed, until } from '../channels/bed.js'

await ensurePackages([CHROMIUM])
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const browser: Browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
t.teardown(async () => { await browser.close() })
const gateway = await startGateway(t, { environment: { CAISSON_EXAMPLES: 'on' } })
const { container } = channelBed(gateway)

/** Where somebody wants to look at the page: a folder. */
const SCREENSHOTS = process.env.CAISSON_TEST_SCREENSHOTS

t.test('without the setting there is no page', async t => {
  const { nobody, admin } = await startGateway(t)
  t.equal((await fetch(`${nobody.url}/examples/`)).status, 401)
  t.equal((await admin.fetch(`${nobody.url}/examples/`)).status, 404)
})

t.test('containers, a shell and the live log, in a browser', async t => {
  const name = `terminal-${process.pid}`
  const script = 'i=0; while i=$((i+1)); do echo "tick $i"; [ $((i % 4)) = 0 ] && echo "a warning" >&2; sleep 1; done & while read line; do echo "heard $line"; done'
  await container(t, { name, command: ['sh', '-c', script], openStdin: true })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  t.teardown(async () => { await context.close() })
  const page = await context.newPage()
  const wrong: string[] = []
  page.on('console', message => { if (message.type() === 'error') wrong.push(message.text()) })
  page.on('pageerror', error => { wrong.push(error.message) })
  page.on('request', request => { if (new URL(request.url()).origin !== gateway.url && !request.url().startsWith('data:')) wrong.push(`asked ${request.url()}`) })
  const sockets: string[] = []
  page.on('websocket', socket => { sockets.push(socket.url()) })
  const screenshot = async (what: string) => {
    if (SCREENSHOTS === undefined) return
    mkdirSync(SCREENSHOTS, { recursive: true })
    await page.screenshot({ path: join(SCREENSHOTS, `${what}.png`) })
  }

  const answer = await page.goto(`${gateway.url}/examples/`)
  t.match(answer?.headers()['content-security-policy'], /style-src 'self';/)
  await screenshot('signed-out')
  await page.locator('input[name="username"]').fill('admin')
  await page.locator('input[name="password"]').fill(ADMIN_PASSWORD)
  await page.locator('input[name="password"]').press('Enter')
  await page.locator('#containers button', { hasText: name }).click()
  await page.locator('#lines div', { hasText: /^tick \d+/ }).first().waitFor()

  await page.locator('#shell:enabled').click()
  await page.locator('#terminal-state', { hasText: /^open$/ }).waitFor()
  await page.keyboard.type('printf "\\033[1;38;2;255;138;117mred\\033[0m %s\\n" "$(hostname)-$((40 + 2))"; stty size; tty\n')
  const rows = page.locator('#screen .xterm-rows')
  const shows = async (text: RegExp) => { t.ok(await until(async () => text.test(await rows.innerText())), String(text)) }
  await shows(/red \w+-42/)
  await shows(/\/dev\/pts\//)
  t.match(await rows.innerText(), /\n[1-9]\d+ [1-9]\d+\n/, 'the terminal is as large as it looks')
  await screenshot('shell')
  // A report of the mouse beyond column 95 has a byte that is no text: it has to come as that one byte. A click makes two
  // of them, and the second must not be left for the shell.
  await page.setViewportSize({ width: 1700, height: 800 })
  await page.keyboard.type('clear; stty raw -echo; printf "\\033[?1000h"; echo ready; dd bs=1 count=12 2>/dev/null | od -A n -t x1; stty sane; printf "\\033[?1000l"\n')
  await shows(/ready/)
  const screen = await page.locator('#screen .xterm-screen').boundingBox()
  if (screen === null) throw new Error('the terminal is not shown')
  await page.mouse.click(screen.x + screen.width - 20, screen.y + 30)
  await shows(/1b 5b 4d 20 [89a-f][0-9a-f] [2-7][0-9a-f] 1b 5b 4d 23 [89a-f][0-9a-f] [2-7][0-9a-f]/)
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.keyboard.type('exit 3\n')
  await page.locator('#terminal-state', { hasText: 'exit 3' }).waitFor()

  await page.locator('#attach').click()
  await page.locator('#terminal-state', { hasText: /^open$/ }).waitFor()
  await page.keyboard.type('typed here\n')
  await shows(/heard typed here/)
  await page.locator('#lines div', { hasText: 'typed here' }).first().waitFor()
  await screenshot('attached')
  await page.setViewportSize({ width: 480, height: 800 })
  await screenshot('narrow')
  await page.locator('#leave').click()
  await page.locator('#terminal-state', { hasText: 'left' }).waitFor()

  t.equal(sockets.length, 3)
  t.ok(sockets.every(url => /\?ticket=cat_[\w-]+$/.test(url)), 'each by a ticket, and nothing else in the query')
  t.same(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]'), [0, 0, ''])
  await page.locator('#sign-out').click()
  await page.locator('#status', { hasText: 'Signed out' }).waitFor()
  t.same(wrong, [])
})

t.test('a terminal is of the container that it was opened for: when another is chosen it is closed', async t => {
  const [one, two] = [`terminal-one-${process.pid}`, `terminal-two-${process.pid}`]
  for (const name of [one, two]) await container(t, { name, command: ['sh', '-c', 'while read line; do echo "heard $line"; done'], openStdin: true })
  const page = await browser.newPage()
  t.teardown(async () => { await page.close() })
  await page.goto(`${gateway.url}/examples/`)
  await page.locator('input[name="username"]').fill('admin')
  await page.locator('input[name="password"]').fill(ADMIN_PASSWORD)
  await page.locator('input[name="password"]').press('Enter')
  const choose = async (name: string) => { await page.locator('#containers button', { hasText: name }).click() }
  const open = async () => { await page.locator('#terminal-state', { hasText: /^open$/ }).waitFor() }
  const rows = page.locator('#screen .xterm-rows')
  const closed = page.waitForEvent('websocket', socket => socket.url().includes('/attach')).then(async socket => { await socket.waitForEvent('close') })

  await choose(one)
  await page.locator('#attach:enabled').click()
  await open()
  await page.keyboard.type('for one\n')
  t.ok(await until(async () => (await rows.innerText()).includes('heard for one')))
  await choose(two)
  await page.locator('#terminal-title', { hasText: two }).waitFor()
  await page.locator('#terminal-state', { hasText: `the terminal in ${one} was closed` }).waitFor()
  await closed
  t.notMatch(await rows.innerText(), 'for one', 'nothing is left of it')
  t.ok(await page.locator('#leave').isDisabled())
  await page.locator('#screen').click()
  await page.keyboard.type('for nobody\n')

  // One that is still being opened is not taken over either.
  await page.locator('#attach:enabled').click()
  await choose(one)
  await page.locator('#terminal-title', { hasText: one }).waitFor()
  await page.locator('#attach:enabled').click()
  await open()
  await page.keyboard.type('again for one\n')
  t.ok(await until(async () => (await rows.innerText()).includes('heard again for one')))
  const logOf = async (name: string) => (await gateway.admin.get(`/hosts/local/containers/${name}/logs`, { accept: 'text/plain' })).text
  t.match(await logOf(one), /heard for one\s+heard again for one/)
  t.notMatch(await logOf(one), 'for nobody')
  t.equal((await logOf(two)).trim(), '')
})
