import { existsSync } from 'node:fs'
import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { canStartEngine } from '../../scripts/lib/engine.mjs'
import { ENGINE_KINDS } from '../../scripts/lib/engine-kinds.mjs'
import type { EngineKind } from '../../scripts/lib/engine-kinds.mjs'
import { importImage } from '../../scripts/lib/image.mjs'
import { until } from '../../scripts/lib/processes.mjs'
import { privateEngine } from '../support/engines.js'

const skip = canStartEngine() ? false : 'engines of other generations need root on Linux'

// What every test of a kind counts on: that it is that engine, with that store, and that a command runs in its container.
for (const kind of ['28.5-containerd', 'podman'] satisfies EngineKind[]) {
  t.test(`${kind}: it is what it says, and runs commands in its own containers`, { skip }, async t => {
    const engine = await privateEngine(t, { kind })
    const { Components: components } = await ask(engine, 'GET', '/version')
    const name = kind === 'podman' ? 'Podman Engine' : 'Engine'
    const version = components.find((one: { Name: string }) => one.Name === name)?.Version
    t.match(version, new RegExp(`^${ENGINE_KINDS[kind].version.replace('.', '\\.')}`))
    const { Driver: driver } = await ask(engine, 'GET', '/info')
    t.equal(driver, kind === 'podman' ? 'overlay' : 'overlayfs', 'the store is the one that was asked for')
    await importImage(engine, 'kinds:latest')
    const { Id: id } = await ask(engine, 'POST', '/containers/create', { json: { Image: 'kinds:latest', Cmd: ['sleep', '60'] } })
    await ask(engine, 'POST', `/containers/${id}/start`)
    const { Id: exec } = await ask(engine, 'POST', `/containers/${id}/exec`, { json: { Cmd: ['touch', '/made-inside'] } })
    await call(engine, 'POST', `/exec/${exec}/start`, { json: { Detach: true, Tty: false } })
    t.ok(await until(async () => (await ask(engine, 'GET', `/exec/${exec}/json`)).ExitCode === 0, 10_000), 'it ran')
    t.notOk(existsSync('/made-inside'), 'an exec does not land in this machine’s own root')
    await ask(engine, 'DELETE', `/containers/${id}?force=true`)
  })
}
