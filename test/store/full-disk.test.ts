import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../src/store/database.js'
import type { JournalSchema } from '../../src/store/schema.js'
import { journalLocation } from '../../src/store/sqlite.js'
import { verifyChain } from '../../src/audit/verify.js'
import { Client } from '../support/client.js'
import { image } from '../support/engines.js'
import { ADMIN_PASSWORD, startGateway } from '../support/gateway.js'

/** A disk for a data directory, small enough to be filled. */
function smallDisk (t: Test): { dataDir: string, fill (): void, clear (): void } {
  const disk = mkdtempSync(join(tmpdir(), 'caisson-small-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'caisson-test', disk])
  t.teardown(() => {
    execFileSync('umount', ['--lazy', disk])
    rmSync(disk, { recursive: true })
  })
  const filler = join(disk, 'filler')
  const dataDir = join(disk, 'data')
  mkdirSync(dataDir, { mode: 0o700 })
  return { dataDir, fill: () => { fillUp(filler) }, clear: () => { rmSync(filler) } }
}

/** Until the system says that there is no more. */
function fillUp (file: string): void {
  const handle = openSync(file, 'a')
  const page = Buffer.alloc(4096, 'x')
  try {
    for (;;) writeSync(handle, page)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally { closeSync(handle) }
}

t.test('with its disk full the gateway refuses what has to be written with 503, reads, and recovers by itself', async t => {
  const disk = smallDisk(t)
  const { admin, nobody, url, end } = await startGateway(t, { dataDir: disk.dataDir })
  const { body: { token } } = await admin.post('/tokens', { name: 'program' })
  const program = new Client(url, token)
  const signIn = async (password: string) => await nobody.post('/auth/login', { username: 'admin', password })
  const create = async (key?: string) => await admin.post('/hosts/local/containers', { image, command: ['true'], ttlSeconds: 60 }, key === undefined ? {} : { 'idempotency-key': key })

  disk.fill()
  for (const [what, answer] of Object.entries({
    'a sign-in': await signIn(ADMIN_PASSWORD),
    'a sign-in with a wrong password, which is counted': await signIn('not the password'),
    'a create under a key': await create('full-1')
  })) t.match(answer, { status: 503, body: { code: 'overloaded', detail: /store cannot be written/ } }, what)
  t.match(await create(), { status: 503, body: { code: 'audit-unavailable' } }, 'a create')
  t.match(await admin.graphql(`mutation { containerCreate(host: "local", image: "${image}", idempotencyKey: "full-2") { name } }`), { errors: [{ extensions: { code: 'overloaded', status: 503 } }] })
  t.match(await program.get('/hosts/local/containers'), { status: 200 }, 'a first use of an API token, which would be noted')
  t.match(await fetch(`${url}/readyz`), { status: 200 })

  disk.clear()
  t.match(await signIn(ADMIN_PASSWORD), { status: 200 })
  const first = await create('full-1')
  t.match(first, { status: 201 })
  t.match(await create('full-1'), { status: 201, body: { id: first.body.id } })
  await admin.delete(`/hosts/local/containers/${first.body.id}?force=true`)
  await end()
  const journal = openDatabase<JournalSchema>({ ...journalLocation({ url: 'sqlite:', dataDir: disk.dataDir }), readOnly: true })
  t.match(await verifyChain(journal), { ok: true })
  await journal.destroy()
})

t.test('what could not be written about a call that did nothing is written before its key is looked at again', async t => {
  const disk = smallDisk(t)
  const { admin, services } = await startGateway(t, { dataDir: disk.dataDir })
  const create = async () => await admin.post('/hosts/local/containers', { image, command: ['true'], ttlSeconds: 60 }, { 'idempotency-key': 'owed' })
  // The disk fills between the row of the key and the journal's line.
  const append = services.journal.append.bind(services.journal)
  services.journal.append = async entry => {
    disk.fill()
    await append(entry)
  }
  t.match(await create(), { status: 503, body: { code: 'audit-unavailable' } })
  services.journal.append = append
  t.match(await create(), { status: 503, body: { code: 'overloaded' } }, 'as long as it is full')
  disk.clear()
  const made = await create()
  t.match(made, { status: 201 }, 'and not outcome-unknown')
  await admin.delete(`/hosts/local/containers/${made.body.id}?force=true`)
})
