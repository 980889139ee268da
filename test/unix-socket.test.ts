import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import t from 'tap'
import { removeDeadSocket } from '../src/lib/unix-socket.js'

const folder = t.testdir({ file: 'precious' })

t.test('where nothing is, nothing is done', async () => {
  await removeDeadSocket(`${folder}/nothing`)
})

t.test('a file stays, and the start says so', async t => {
  await t.rejects(removeDeadSocket(`${folder}/file`), { message: /^CAISSON_LISTEN: got "unix:.*\/file", takes the path of a socket[^\n]*$/ })
  t.equal(readFileSync(`${folder}/file`, 'utf8'), 'precious')
  await t.rejects(removeDeadSocket(folder), { message: /^CAISSON_LISTEN: / })
})

t.test('a socket that somebody listens on stays', async t => {
  const path = `${folder}/live`
  const server = createServer(socket => { socket.end() })
  t.teardown(() => { server.close() })
  await once(server.listen(path), 'listening')
  await t.rejects(removeDeadSocket(path), { message: /^CAISSON_LISTEN: .*somebody listens there already$/ })
  t.ok(existsSync(path))
})

t.test('one that its process left behind goes', async t => {
  const path = `${folder}/dead`
  const child = spawn(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.ok(existsSync(path))
  await removeDeadSocket(path)
  t.notOk(existsSync(path))
})
