import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startGateway } from '../support/gateway.js'
import { FRAMED, RAW, channelBed, until } from './bed.js'

const MEBIBYTE = 1024 * 1024
const gateway = await startGateway(t)
const { admin } = gateway
const { container, exec, attach, attachExec, record } = channelBed(gateway)
const shared = await container(t, { command: ['sleep', '600'] })
const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex')

t.test('an exec: both outputs, the end of the input, the exit code', async t => {
  const channel = await attachExec(await exec(shared, 'cat; echo done; echo wrong >&2; exit 7'))
  t.equal(channel.socket.protocol, FRAMED)
  t.equal(channel.socket.extensions, '', 'nothing is compressed')
  channel.write('typed ')
  channel.closeInput()
  t.same(await channel.ended, { code: 1000, reason: 'exit 7' })
  t.equal(String(channel.stdout), 'typed done\n')
  t.equal(String(channel.stderr), 'wrong\n')
  t.same(channel.statuses, [{ exitCode: 7 }])
  t.match(await record('exec.attach'), { stage: 'completed', surface: 'ws', target: { kind: 'exec' }, outcome: { bytesIn: 6, bytesOut: 17, exitCode: 7, end: 'complete' } })
})

t.test('raw: bytes and nothing else, and the exit code in the close reason', async t => {
  for (const protocol of [RAW, '']) {
    const channel = await attachExec(await exec(shared, 'read line; echo "<$line>"; echo wrong >&2; exit 9'), protocol)
    t.equal(channel.socket.protocol, protocol)
    channel.socket.send('in a text frame\n')
    t.same(await channel.ended, { code: 1000, reason: 'exit 9' })
    t.match(String(channel.stdout), /^(<in a text frame>\nwrong\n|wrong\n<in a text frame>\n)$/)
  }
})

t.test('what is sent before anything has come back is not lost', async t => {
  const execId = await exec(shared, 'cat')
  const socket = admin.socket(`/hosts/local/exec/${execId}/attach`, { protocols: [FRAMED] })
  const received: Buffer[] = []
  socket.on('message', (data: Buffer) => received.push(data))
  socket.once('upgrade', () => setImmediate(() => {
    for (const byte of ['a', 'b', 'c']) socket.send(Buffer.concat([Buffer.of(0), Buffer.from(byte)]))
    socket.send(Buffer.of(5))
  }))
  await new Promise(resolve => socket.once('close', resolve))
  t.equal(Buffer.concat(received.filter(([kind]) => kind === 1).map(data => data.subarray(1))).toString(), 'abc')
})

t.test('a container: its own process, from now on or with what is in the log', async t => {
  const id = await container(t, { command: ['sh', '-c', 'echo before; while read line; do [ "$line" = end ] && exit 3; echo "<$line>"; done'], openStdin: true })
  const watcher = await attach(id, '?stdin=false&logs=true')
  await watcher.says(/before\n/)
  const channel = await attach(id)
  channel.write('one\n')
  await Promise.all([channel.says(/^<one>\n$/), watcher.says(/^before\n<one>\n$/)])
  channel.write('end\n')
  for (const each of [channel, watcher]) {
    t.same(await each.ended, { code: 1000, reason: 'exit 3' })
    t.same(each.statuses, [{ exitCode: 3 }])
  }
  t.match(await record('container.attach'), { class: 'exec', target: { id }, outcome: { exitCode: 3, end: 'complete' } })
})

for (const tty of [false, true]) {
  t.test(`the log and what comes then are joined, ${tty ? 'with' : 'without'} a terminal`, async t => {
    const COUNT = 30_000
    const numbers = (output: Buffer) => [...String(output).matchAll(/line (\d+)\r?\n/g)].map(([, number]) => Number(number))
    const script = `sleep 0.4; awk 'BEGIN { for (i = 0; i < ${COUNT}; i++) { print "line " i; print "line " i > "/dev/stderr" } }'; echo over; read x; exit 4`
    await Promise.all(Array.from({ length: 3 }, async (_, index) => {
      const id = await container(t, { command: ['sh', '-c', script], tty, openStdin: true })
      await sleep(120 * index)
      const channel = await attach(id, '?logs=true')
      t.ok(await until(() => channel.stdout.includes('over'), 120), 'all of it has come')
      channel.write('\n')
      t.same(await channel.ended, { code: 1000, reason: 'exit 4' })
      t.same(channel.statuses, [{ exitCode: 4 }], 'nothing is told to be missing')
      for (const output of tty ? [] : [channel.stdout, channel.stderr]) {
        const got = numbers(output)
        t.equal(got.findIndex((number, place) => number !== place), -1)
        t.equal(got.length, COUNT)
      }
      if (tty) t.equal(numbers(channel.stdout).reduce((sum, number) => sum + number, 0), COUNT * (COUNT - 1))
    }))
  })
}

t.test('a log and a quiet process: a line that is not whole yet comes with its end, if not before', async t => {
  const id = await container(t, { command: ['sh', '-c', 'echo ready; printf "name? "; read name; echo "hello $name"; read x; exit 2'], openStdin: true, tty: true })
  await sleep(700)
  const channel = await attach(id, '?logs=true')
  await channel.says(/^ready\r\n$/)
  channel.write('ann\n')
  await channel.says(/^ready\r\n(name\? )?ann\r\nhello ann\r\n$/)
  channel.write('\n')
  t.same(await channel.ended, { code: 1000, reason: 'exit 2' })
})

t.test('a log that says something else than was written: that something may be missing is told', async t => {
  // What is not UTF-8 is not in the log as it was written, and what repeats itself may stand anywhere in it.
  const id = await container(t, { command: ['sh', '-c', 'yes "$(printf "\\377\\376")$(head -c 8000 /dev/zero | tr "\\0" x)" | head -c 300000000'] })
  const channel = await attach(id, '?logs=true')
  t.ok(await until(() => channel.statuses.length > 0, 60))
  t.same(channel.statuses, [{ dropped: null }])
  channel.socket.terminate()
  await admin.delete(`/hosts/local/containers/${id}?force=true`)
})

t.test('a terminal: size, keys, one output', async t => {
  const channel = await attachExec(await exec(shared, ['sh'], { tty: true }))
  channel.resize({ columns: 101, rows: 33 })
  t.ok(await until(async () => { channel.write('stty size\n'); await sleep(100); return /33 101\r\n/.test(String(channel.stdout)) }), 'resized over the channel')
  channel.write('sleep 100\n')
  await sleep(300)
  channel.write('\u0003')
  channel.write('echo status $?\n')
  await channel.says(/status 130\r\n/)
  channel.write('exit 5\n')
  t.same(await channel.ended, { code: 1000, reason: 'exit 5' })
})

t.test('resized by a call of its own', async t => {
  const id = await container(t, { command: ['sh'], openStdin: true, tty: true })
  const ofContainer = await attach(id, '', RAW)
  t.equal((await admin.post(`/hosts/local/containers/${id}/resize`, { columns: 90, rows: 20 })).status, 204)
  ofContainer.write('stty size\n')
  await ofContainer.says(/20 90\r\n/)
  const execId = await exec(id, ['sh'], { tty: true })
  t.match(await admin.post(`/hosts/local/exec/${execId}/resize`, { columns: 90, rows: 20 }), { status: 409, body: { code: 'conflict' } }, 'one that does not run')
  const ofExec = await attachExec(execId, RAW)
  t.ok(await until(async () => (await admin.post(`/hosts/local/exec/${execId}/resize`, { columns: 91, rows: 21 })).status === 204))
  ofExec.write('stty size\n')
  await ofExec.says(/21 91\r\n/)
  t.match(await admin.post(`/hosts/local/containers/${shared}/resize`, { columns: 1, rows: 1 }), { status: 409, body: { detail: /no terminal/ } })
  ofExec.socket.close()
  ofContainer.socket.close()
})

t.test('the detach keys end the channel, and nothing else', async t => {
  const id = await container(t, { command: ['sh'], openStdin: true, tty: true })
  const channel = await attach(id, '?detachKeys=ctrl-x,d')
  channel.write('echo there\n')
  await channel.says(/there\r\n/)
  channel.write('echo \u0018d pasted\n')
  await channel.says(/ pasted\r\n[^]* pasted\r\n/)
  channel.write('\u0018')
  channel.write('echo not \u007f\n')
  for (const key of ['\u0018', '\u0018', 'd']) channel.write(key)
  t.same(await channel.ended, { code: 1000, reason: 'detached' })
  t.same(channel.statuses, [{ reason: 'detached' }])
  t.equal((await admin.get(`/hosts/local/containers/${id}`)).body.state.running, true)

  const execId = await exec(id, ['sh'], { tty: true, detachKeys: 'ctrl-x,d' })
  const ofExec = await attachExec(execId)
  ofExec.write('echo there\n')
  await ofExec.says(/there\r\n/)
  for (const key of ['\u0018', 'd']) ofExec.write(key)
  t.same(await ofExec.ended, { code: 1000, reason: 'detached' })
  t.match((await admin.get(`/hosts/local/exec/${execId}`)).body, { running: true, command: ['sh'], tty: true, containerId: id })
})

t.test('who leaves an exec ends it', async t => {
  const execId = await exec(shared, 'trap "" HUP; sleep 801 & sleep 802')
  const channel = await attachExec(execId)
  const running = async () => (await admin.get(`/hosts/local/containers/${shared}/top?psArgs=-o%20pid,args`)).body.processes.filter(([, args]: string[]) => /sleep 80[12]$/.test(args ?? '')).length
  t.ok(await until(async () => await running() === 2))
  channel.socket.terminate()
  t.ok(await until(async () => await running() === 0), 'with all that it has started')
  t.match((await record('exec.attach')).outcome, { end: 'client-left' })
})

t.test('every byte, both ways, however it comes', async t => {
  // Not at the end what engines may take for the beginning of keys: see detach-keys.ts.
  const data = Buffer.concat([randomBytes(8 * MEBIBYTE), Buffer.from('x')])
  const sizes = [1, 7, 65_535, 65_536, 65_537, 300_000, MEBIBYTE - 1]
  const send = (channel: Awaited<ReturnType<typeof attachExec>>) => {
    for (let at = 0, turn = 0; at < data.length; turn++) channel.write(data.subarray(at, at += sizes[turn % sizes.length] ?? 1))
  }
  const plain = await attachExec(await exec(shared, ['cat']))
  send(plain)
  plain.closeInput()
  t.same(await plain.ended, { code: 1000, reason: 'exit 0' })
  t.equal(digest(plain.stdout), digest(data), 'without a terminal')

  const terminal = await attachExec(await exec(shared, `stty raw -echo; echo ready; head -c ${data.length}`, { tty: true }), RAW)
  await terminal.says(/ready/)
  send(terminal)
  t.same(await terminal.ended, { code: 1000, reason: 'exit 0' })
  t.equal(digest(terminal.stdout.subarray(terminal.stdout.length - data.length)), digest(data), 'with a terminal')

  const frames = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 5]), Buffer.from('hello'), Buffer.from([2, 0, 0, 0, 255, 255, 255, 255])])
  const imitator = await attachExec(await exec(shared, `printf '${[...frames].map(byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')}'`))
  await imitator.ended
  t.ok(imitator.stdout.equals(frames), 'output that looks like the engine\'s own framing')
})

t.test('a slow client holds the process up, and a slow process the client', async t => {
  const total = 96 * MEBIBYTE
  const execId = await exec(shared, `dd if=/dev/zero bs=1M count=${total / MEBIBYTE} 2>/dev/null`)
  const reader = await attachExec(execId)
  reader.socket.pause()
  await sleep(1500)
  t.equal((await admin.get(`/hosts/local/exec/${execId}`)).body.running, true, 'it can\'t write on')
  reader.socket.resume()
  t.same(await reader.ended, { code: 1000, reason: 'exit 0' })
  t.equal(reader.received, total)

  const writer = await attachExec(await exec(shared, 'sleep 2; wc -c'))
  const chunk = Buffer.alloc(MEBIBYTE - 1)
  for (let sent = 0; sent < total; sent += chunk.length) writer.write(chunk)
  await sleep(1000)
  t.ok(writer.socket.bufferedAmount > total / 2, `most of it waits at the client: ${writer.socket.bufferedAmount}`)
  writer.closeInput()
  t.same(await writer.ended, { code: 1000, reason: 'exit 0' })
  t.equal(Number(writer.stdout), Math.ceil(total / chunk.length) * chunk.length)
})

// An engine drops what a process wrote that nobody takes for some seconds after its end (seen straight at 20.10: whole
// after 1.5 seconds, cut after 4): no more at once than a busy machine serves in that time.
t.test('a process that does not read its input loses none of its output', async t => {
  const channels = await Promise.all(Array.from({ length: 4 }, async () => await attachExec(await exec(shared, 'head -c 3; seq 1 50000; exit 4'))))
  for (const channel of channels) {
    channel.socket.pause()
    for (let times = 0; times < 8; times++) channel.write('x'.repeat(500_000))
    setTimeout(() => channel.socket.resume(), 500)
  }
  const expected = `xxx${Array.from({ length: 50_000 }, (_, index) => `${index + 1}\n`).join('')}`
  for (const channel of channels) {
    t.same(await channel.ended, { code: 1000, reason: 'exit 4' })
    t.ok(String(channel.stdout) === expected, 'whole')
  }
})
