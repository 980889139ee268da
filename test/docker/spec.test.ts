/**
 * The same container twice, by the `docker` command straight on the engine and by the gateway: the engine must have
 * the same to say of both.
 */
import { arch } from 'node:os'
import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { ContainerSpec } from '../../src/docker/containers/container-spec.js'
import { bareWords, dockerCommand, optionsIn, optionsOf, succeeding } from '../support/docker-command.js'
import { image, privateEngine } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'
import { withoutOwnershipLabels } from '../support/without-ownership-labels.js'
import { CLI_ONLY, NO_OPTION, here, isSo, rows, type Row } from './spec-rows.js'

const engine = await privateEngine(t)
const { admin } = await startGateway(t, { engines: [engine] })
const docker = await dockerCommand(t, engine)
const all = rows(docker.folder)

const wordsOf = ({ cli }: Row): string[] => (typeof cli === 'string' ? cli.split(' ').filter(word => word !== '') : [...cli]).map(filled)
const filled = (text: string): string => text.replaceAll('PLATFORM', arch() === 'x64' ? 'amd64' : arch()).replaceAll('NUMBER', String(process.pid))

for (const args of [
  ['network', 'create', '--subnet', here.subnet, here.network],
  ['network', 'create', '--ipv6', '--subnet', '10.77.2.0/24', '--subnet', here.subnet6, here.network6],
  ['volume', 'create', here.volume],
  ['container', 'run', '-d', '--name', here.other, '--ipc', 'shareable', '-v', '/shared', image, 'sleep', '1000']
]) await succeeding(docker(...args))

type Json = any

const inspected = async (id: string): Promise<Json> => {
  const { body } = await admin.get(`/hosts/local/containers/${id}`)
  await call(engine, 'DELETE', `/containers/${id}?force=true&v=true`)
  return body.raw
}

/**
 * What differs between any two containers: ids and names made up by the engine, times, and the paths of its storage.
 * The engine joins what the image sets and what is given through a map: the order of `Env` is left to chance.
 */
function steady (raw: Json): Json {
  const own = JSON.parse(JSON.stringify(raw).replaceAll(/[0-9a-f]{64}/g, 'SOME-ID'))
  const { Created: _created, Name: _name, ...rest } = own
  // A name of its own is made of its id.
  const hostname = raw.Config.Hostname === raw.Id.slice(0, 12) ? 'OWN-ID' : raw.Config.Hostname
  return { ...rest, Config: { ...own.Config, Hostname: hostname, Env: own.Config.Env?.toSorted() }, GraphDriver: { ...own.GraphDriver, Data: null } }
}

/** A volume that a mount makes is labelled as well, by the gateway and by engines from 24 on; where the command says nothing of it, nothing else is there. */
function mountWithoutOwnershipLabels (mount: Json): Json {
  if (mount.Type !== 'volume') return mount
  const { VolumeOptions: { Labels, ...options }, ...rest } = mount
  const { 'com.docker.volume.anonymous': _byEngine, ...labels } = withoutOwnershipLabels(Labels)
  const left = { ...options, ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }) }
  return { ...rest, ...(Object.keys(left).length === 0 ? {} : { VolumeOptions: left }) }
}

function without (raw: Json, paths: readonly string[] = []): Json {
  for (const path of paths) {
    const steps = path.split('.')
    const last = steps.pop() ?? ''
    delete steps.reduce((object, step) => object[step], raw)[last]
  }
  return raw
}

t.jobs = 4
for (const row of all) {
  const words = wordsOf(row)
  const reference = row.image ?? image
  const command = row.command ?? []
  t.test(['docker container create', ...words, reference, ...command].join(' '), { buffered: true }, async t => {
    const refused = row.refused !== undefined && isSo(row.refused) ? row.refused : undefined
    const alone = row.alone !== undefined && isSo(row.alone) ? row.alone : undefined
    const straight = await docker('container', 'create', ...words, reference, ...command)
    const direct = straight.refusal === undefined ? await inspected(straight.out) : undefined
    // The command says that it will attach to both outputs where it is not told otherwise.
    const spec = JSON.parse(filled(JSON.stringify({ image: reference, attachStdout: true, attachStderr: true, ...row.spec })))
    const { status, body } = await admin.post('/hosts/local/containers', spec)
    if (refused !== undefined) {
      t.equal(straight.refusal === undefined, refused.by === 'caisson', 'the command was refused')
      t.ok(status >= 400, `${status}`)
      if (refused.by === 'engine') t.match(bareWords(straight.refusal), bareWords(body.detail), 'in the engine\'s words')
      return
    }
    if (alone?.refusal !== undefined) return t.match(body.detail, alone.refusal)
    t.equal(status, 201, JSON.stringify(body))
    const ours = await inspected(body.id)
    ours.Config.Labels = withoutOwnershipLabels(ours.Config.Labels)
    ours.HostConfig.Mounts = ours.HostConfig.Mounts?.map(mountWithoutOwnershipLabels)
    if (alone !== undefined) {
      t.ok(straight.refusal, 'the command was refused')
      t.match(body.warnings.join(), alone.warning ?? '')
      return t.match(ours, alone.inspect ?? {})
    }
    t.equal(straight.refusal, undefined)
    t.strictSame(without(steady(ours), row.except?.paths), without(steady(direct), row.except?.paths))
  })
}

t.test('every option of `docker container create` has a row, or a reason', async t => {
  const { out } = await docker('container', 'create', '--help')
  const options = optionsIn(out)
  t.ok(options.length > 90, `${options.length} options were found`)
  const short: Record<string, string> = { h: 'hostname', i: 'interactive', p: 'publish', v: 'volume', t: 'tty', e: 'env', l: 'label' }
  const covered = new Set(optionsOf(all.flatMap(wordsOf), short))
  t.strictSame(options.filter(name => !covered.has(name) && CLI_ONLY[name] === undefined), [], 'options without a row')
  t.strictSame(Object.keys(CLI_ONLY).filter(name => !options.includes(name)), [], 'reasons for options that are not there')
})

t.test('every field of a container\'s spec has a row, or a reason', async t => {
  const covered = new Set(all.flatMap(({ spec }) => Object.keys(spec)))
  t.strictSame(Object.keys(ContainerSpec).filter(name => !covered.has(name) && NO_OPTION[name] === undefined), [])
  t.strictSame(Object.keys(NO_OPTION).filter(name => covered.has(name)), [])
})

t.test('fields that have no option reach the engine', async t => {
  const { body } = await admin.post('/hosts/local/containers', {
    image, networkDisabled: true, consoleSize: [40, 120], shell: ['/bin/ash', '-c'], onBuild: ['RUN true'], argsEscaped: true, kernelMemoryTcpBytes: 64 * 1024 * 1024
  })
  const { Config, HostConfig } = await inspected(body.id)
  t.match(Config, { NetworkDisabled: true, Shell: ['/bin/ash', '-c'], OnBuild: ['RUN true'], ArgsEscaped: true })
  t.match(HostConfig, { ConsoleSize: [40, 120], KernelMemoryTCP: 64 * 1024 * 1024 })
})
