import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { frontendsIn } from '../../src/docker/images/dockerfile-watch.js'
import { ndjson, type Answer, type Client } from '../support/client.js'
import { image, privateEngine } from '../support/engines.js'
import { context } from '../support/examples.js'
import { startGateway, type Gateway } from '../support/gateway.js'
import { leaveAfter, nothingUnderWay, soon } from '../support/leaving.js'
import { archiveOf, pax } from '../support/tars.js'

const KINDS = ['20.10', '28.5', '28.5-containerd'] as const

// Answers are read as what the test expects them to be.
type Json = any
type Input = Readonly<Record<string, unknown>>

const BUILD = '/hosts/local/images/build'
const header = (input: Input): Record<string, string> => ({ 'caisson-input': Buffer.from(JSON.stringify(input)).toString('base64url') })
const build = async (client: Client, archive: Buffer, input: Input = {}): Promise<Answer> =>
  await client.upload('POST', BUILD, new Uint8Array(archive), header({ builder: 'buildkit', ...input }))
const eventsOf = (answer: Answer): Json[] => answer.status >= 400 ? [{ type: 'refusal', problem: answer.body }] : ndjson(answer.text)
const textsOf = (events: Json[]): string[] => events.filter(({ type }) => type === 'step').map(({ text }) => text)

const beds = new Map<string, Gateway & { readonly engine: Awaited<ReturnType<typeof privateEngine>> }>()
await Promise.all(KINDS.map(async kind => {
  const engine = await privateEngine(t, { kind })
  beds.set(kind, { ...await startGateway(t, { engines: [engine] }), engine })
}))

const bedOf = (kind: string) => beds.get(kind) as Gateway & { readonly engine: Awaited<ReturnType<typeof privateEngine>> }

/** What an image's file says. */
async function said (admin: Client, image: string, path: string): Promise<string> {
  const { body } = await admin.post('/hosts/local/containers/run', { image, command: ['sh', '-c', `stat -c %a ${path}; cat ${path}`], wait: true, remove: true })
  return body.stdout
}

for (const kind of KINDS) {
  t.test(`on ${kind}`, async t => {
    const { admin, ann, spies, engine, services } = bedOf(kind)

    t.test('mounts of RUN, and modes of COPY', async t => {
      const dockerfile = `FROM ${image} AS first
RUN --mount=type=cache,target=/kept --mount=type=tmpfs,target=/gone --mount=type=bind,source=file,target=/bound cat /bound > /from-mount; echo x > /kept/x; echo visible
COPY --chmod=741 file /file
`
      const events = eventsOf(await build(admin, context(dockerfile, { path: 'file', data: 'in the context\n' }), { tags: ['kit/mounts:1', 'kit/other'], labels: { a: 'b' } }))
      const texts = textsOf(events)
      t.match(events.at(-1), { type: 'end', reason: 'complete', result: { id: /^sha256:[0-9a-f]{64}$/, tags: ['kit/mounts:1', 'kit/other'] } }, texts.join('|'))
      const begun = texts.find(text => /^#\d+ \[.*RUN --mount/.test(text)) ?? ''
      const number = begun.split(' ')[0]
      t.ok(texts.includes(`${number} visible`), texts.join('|'))
      t.ok(texts.some(text => new RegExp(`^${number} DONE \\d+\\.\\ds$`).test(text)))
      t.match((await admin.get('/hosts/local/images/kit%2Fmounts:1')).body, { id: events.at(-1).result.id, labels: { a: 'b' } })
      t.equal(await said(admin, 'kit/mounts:1', '/from-mount'), '644\nin the context\n')
      t.equal(await said(admin, 'kit/other', '/file'), '741\nin the context\n')
      const again = textsOf(eventsOf(await build(admin, context(dockerfile, { path: 'file', data: 'in the context\n' }))))
      t.ok(again.some(text => text.endsWith(' CACHED')))
      t.same(eventsOf(await build(admin, context(dockerfile, { path: 'file', data: 'in the context\n' }), { quiet: true })).map(({ type }) => type), ['end'])
    })

    t.test('heredocs', async t => {
      const events = eventsOf(await build(admin, context(`FROM ${image}\nCOPY <<EOF /here\nfrom a document\nEOF\n`), { tags: ['kit/here'] }))
      // The frontend that is in 20.10 does not know them.
      if (kind === '20.10') t.match(events.at(-1), { type: 'error', problem: { detail: /EOF|parse|<</ } })
      else t.equal(await said(admin, 'kit/here', '/here'), '644\nfrom a document\n')
    })

    t.test('what a step writes is whole lines, however much it is', async t => {
      const script = 'yes 0123456789abcdefghijklmnopqrstuvwxyz | head -c 1500000; printf "ä"; sleep 0.2; printf "öü\\n"; printf "no end"'
      const events = eventsOf(await build(admin, context(`FROM ${image}\nRUN ${script}\n`), { noCache: true, buildArgs: { A: '1' } }))
      const texts = textsOf(events)
      t.equal(events.at(-1).type, 'end', JSON.stringify(events.at(-1)))
      const lines = texts.filter(text => / 0123456789abcdefghijklmnopqrstuvwxyz$/.test(text)).length
      // BuildKit itself cuts what comes faster than 200 KiB a second.
      t.ok(lines > 5000, `${lines} lines`)
      t.ok(texts.some(text => /output clipped/.test(text)))
      t.ok(texts.every(text => !text.includes('\n') && !text.includes('\ufffd')))
    })

    t.test('a step that fails, and a build that cannot begin', async t => {
      const events = eventsOf(await build(admin, context(`FROM ${image}\nRUN echo nearly; exit 7\n`), { noCache: true, tags: ['kit/half'] }))
      t.ok(textsOf(events).some(text => text.endsWith(' nearly')))
      t.match(events.at(-1), { type: 'error', problem: { detail: /exit code: 7/ } })
      t.equal((await admin.get('/hosts/local/images/kit%2Fhalf')).status, 404)
      t.match(eventsOf(await build(admin, context('THIS is no instruction\n'))).at(-1), { problem: { detail: /unknown instruction: THIS/ } })
    })

    t.test('a client that leaves cancels the build', async t => {
      const open = spies.local.open
      // An engine with containerd's store does not count while something is removed: then nobody knows yet.
      const running = async () => {
        const { status, text } = await call(engine, 'GET', '/system/df')
        return status !== 200 || (JSON.parse(text) as Json).BuildCache?.some(({ InUse }: Json) => InUse) === true
      }
      const body = new Uint8Array(context(`FROM ${image}\nRUN echo now; sleep 600\n`))
      const seen = await leaveAfter(admin, 'POST', BUILD, text => / now"/.test(text), { body, headers: { 'content-type': 'application/x-tar', ...header({ builder: 'buildkit', noCache: true }) } })
      t.match(seen, 'now')
      t.ok(await soon(async () => !await running()), 'the step is over')
      t.ok(await nothingUnderWay(spies.local, open))
    })

    t.test('what BuildKit would not heed is refused, and so is what this engine would not', async t => {
      const refused = async (input: Input, path: string) => t.match(await build(admin, context(`FROM ${image}\n`), input), { status: 400, body: { code: 'invalid-input', errors: [{ path }] } }, path)
      spies.local.reset()
      for (const [field, value] of Object.entries({ memoryBytes: 1e9, cpuQuota: 1000, cgroupParent: '/x', squash: true, remove: false, registryAuth: { r: { username: 'x' } } })) await refused({ [field]: value }, `/${field}`)
      for (const networkMode of ['bridge', 'container:x', 'Host']) await refused({ networkMode }, '/networkMode')
      if (kind === '20.10') await refused({ shmSizeBytes: 1e6 }, '/shmSizeBytes')
      t.notOk(spies.local.requests.some(({ url }) => url.includes('/build')))
      if (kind === '20.10') return
      const texts = textsOf(eventsOf(await build(admin, context(`FROM ${image}\nRUN ulimit -n; df /dev/shm | tail -1\n`), { noCache: true, shmSizeBytes: 16 * 1024 * 1024, ulimits: [{ name: 'nofile', soft: 100, hard: 200 }] })))
      t.ok(texts.some(text => text.endsWith(' 100')) && texts.some(text => / 16384 /.test(text)), texts.join('|'))
    })

    t.test('the host\'s network and rights come with no Dockerfile', async t => {
      for (const option of ['--network=host', '--security=insecure']) {
        const events = eventsOf(await build(admin, context(`FROM ${image}\nRUN ${option} true\n`), { noCache: true }))
        t.match(events.at(-1), { type: 'error' }, `${option}, though it is an admin's`)
      }
      t.equal(eventsOf(await build(admin, context(`FROM ${image}\nRUN true\n`), { noCache: true, networkMode: 'host' })).at(-1).type, 'end')
    })

    t.test('within the limits of a role', async t => {
      const { roles, grants } = services
      const allow = async (limits: object) => {
        const role = `kit-${Object.keys(limits).join('-') || 'plain'}`
        await roles.create(role, { operations: ['image.*', 'container.*'], limits })
        for (const { id } of (await grants.list({ limit: 100 })).items) await grants.remove(id)
        await grants.create({ user: 'ann', role, hosts: ['local'] })
      }
      await allow({})
      const images = async () => (await ask(engine, 'GET', '/images/json?all=true')).length
      const before = await images()
      const from = `FROM ${image}\n`
      const file = (name: string, data: string) => ({ name, data })
      const contexts: ReadonlyArray<readonly [what: string, archive: Buffer, input?: Input]> = [
        ['a frontend', context(`# syntax=evil/frontend\n${from}`)],
        ['behind other comments', context(`\n# escape=\\\n#  SYNTAX = evil/frontend:1\n${from}`)],
        ['in another kind of comment', context(`// syntax=evil/frontend\n${from}`)],
        ['in JSON', context('{"syntax": "evil/frontend"}')],
        ['behind a byte order mark and a line for a shell', context(`\ufeff#!/bin/sh\n# syntax=evil/frontend\n${from}`)],
        ['under another name', archiveOf(file('Dockerfile', from), file('sub/./x', `# syntax=evil/frontend\n${from}`)), { dockerfile: '/sub/x' }],
        ['in lower case', archiveOf(file('dockerfile', `# syntax=evil/frontend\n${from}`))],
        ['the last of two', archiveOf(file('Dockerfile', from), file('./Dockerfile', `# syntax=evil/frontend\n${from}`))],
        ['by a long name', archiveOf(pax({ path: 'Dockerfile' }), file('harmless', `# syntax=evil/frontend\n${from}`))],
        ['a link', archiveOf(file('other', `# syntax=evil/frontend\n${from}`), { name: 'Dockerfile', type: '2', link: 'other' })],
        ['a hard link', archiveOf(file('other', `# syntax=evil/frontend\n${from}`), { name: 'Dockerfile', type: '1', link: 'other' })],
        ['in a folder that is a link', archiveOf(file('real/x', `# syntax=evil/frontend\n${from}`), { name: 'sub', type: '2', link: 'real' }), { dockerfile: 'sub/x' }],
        ['through a link beside it', archiveOf(file('Dockerfile', from), { name: 'here', type: '2', link: '.' }, file('here/Dockerfile', `# syntax=evil/frontend\n${from}`))],
        ['in the name of the first entry', archiveOf(file('# syntax=evil/frontend\n', ''), file('Dockerfile', from))],
        ['by an argument', context(from), { buildArgs: { BUILDKIT_SYNTAX: 'evil/frontend' } }],
        ['another\'s cache', context(from), { buildArgs: { BUILDKIT_CACHE_MOUNT_NS: 'x' } }],
        ['the host\'s network', context(from), { networkMode: 'host' }]
      ]
      for (const [what, archive, input] of contexts) {
        const { status, body } = await build(ann, archive, input)
        t.ok(status === 403 || status === 400, `${what}: ${status} ${body?.detail}`)
        if (what === 'a frontend') t.match(body, { code: 'forbidden', detail: /names evil\/frontend with "syntax".*allows docker\/dockerfile/ })
      }
      t.equal(await images(), before, 'and nothing was built')
      const own = eventsOf(await build(ann, context(`# syntax=docker/dockerfile:1\n${from}`)))
      t.match(own.at(-1), { problem: { detail: /docker\/dockerfile|resolve|lookup|dial|not found|reach/ } }, 'Docker\'s own goes to the engine, which has no network here')
      t.match(eventsOf(await build(ann, context(`${from}# syntax=evil/frontend\nRUN true\n`))).at(-1), { type: 'end' }, 'a comment further down names nothing')

      const cache = (command: string) => context(`${from}RUN --mount=type=cache,id=shared,target=/kept ${command}\n`)
      t.match(eventsOf(await build(admin, cache('echo admin > /kept/x'))).at(-1), { type: 'end' })
      t.match(textsOf(eventsOf(await build(ann, cache('ls /kept; echo "there: $(ls /kept | wc -l)"; echo ann > /kept/y')))).join('\n'), / there: 0/)
      t.match(textsOf(eventsOf(await build(ann, cache('cat /kept/y')))).join('\n'), / ann$/m, 'one\'s own is there the next time')
      const id = eventsOf(await build(ann, context(from), { tags: ['kit/ann'] })).at(-1).result.id
      const { Config } = await ask(engine, 'GET', `/images/${id}/json`)
      t.equal(Config.Labels['dev.caisson.owner'], (await services.users.byUsername('ann') as Json).id)

      await allow({ memoryBytes: { max: 1e9 } })
      t.match(await build(ann, context(from)), { status: 403, body: { errors: [{ path: '/builder', message: /must be "classic"/ }] } })
      await allow({ frontends: ['team/*'] })
      t.match((await build(ann, context(`# syntax=docker/dockerfile:1\n${from}`))).body, { detail: /allows team/ })
      t.match(eventsOf(await build(ann, context(`# syntax=team/frontend\n${from}`))).at(-1), { type: 'error' }, 'what is allowed goes to the engine')
      await allow({ registries: ['localhost:5000'] })
      t.match(await build(ann, context(from)), { status: 403, body: { detail: /what a build begins with/ } })
    })
    t.teardown(async () => { await call(engine, 'POST', '/build/prune?all=true') })
  })
}

t.test('what BuildKit takes for a frontend', async t => {
  const frontends = (text: string) => frontendsIn(Buffer.from(text))
  t.same(frontends('# syntax=a\n# escape=`\nFROM x'), ['a'])
  t.same(frontends('#syntax = a:1 --opt\r\nFROM x'), ['a:1'])
  t.same(frontends('FROM x\n# syntax=a'), [])
  t.same(frontends('# about syntax=a\nFROM x'), [])
  t.same(frontends('#'.repeat(1_000_000)), [])
  t.same(frontends('\n'.repeat(1_000_000)), [])
})
