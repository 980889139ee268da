/**
 * The same network, volume or connection twice, by the `docker` command straight on the engine and by the gateway: the
 * engine must have the same to say of both.
 */
import t, { type Test } from 'tap'
import { ask } from '../../scripts/lib/api.mjs'
import { operations } from '../../src/operations/index.js'
import { bareWords, dockerCommand, optionsIn, optionsOf, succeeding, type Said } from '../support/docker-command.js'
import { image, privateEngine } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'
import { withoutOwnershipLabels } from '../support/without-ownership-labels.js'
import { CLI_ONLY, connectRows, here, networkRows, volumeRows, type Row } from './network-rows.js'

const engine = await privateEngine(t)
const { admin } = await startGateway(t, { engines: [engine] })
const docker = await dockerCommand(t, engine)

for (const line of [
  `network create --internal --subnet ${here.takenSubnet} ${here.taken}`,
  `network create --config-only --subnet 10.78.2.0/24 ${here.config}`,
  `network create --internal --ipv6 --subnet ${here.subnet} --subnet ${here.subnet6} ${here.network}`,
  `volume create --label there=already ${here.volume}`,
  `container create --name ${here.container} ${image}`
]) await succeeding(docker(...line.split(' ')))

type Json = any
const wordsOf = ({ cli }: Row) => cli.split(' ').filter(word => word !== '')
const optionsWith = (row: Row) => row.cli === here.taken ? [] : wordsOf(row)

function without (raw: Json, paths: readonly string[]): Json {
  for (const path of paths) {
    const steps = path.split('.')
    const last = steps.pop() ?? ''
    delete steps.reduce((object, step) => object[step], raw)[last]
  }
  return raw
}

interface Bed {
  readonly command: string
  readonly rows: readonly Row[]
  /** The words behind the options; `name` is the row's own. */
  readonly behind?: (row: Row, name: string) => string[]
  readonly ask: (input: Row['input'], name: string) => Promise<{ status: number, body: Json }>
  /** What the engine has of it, which then goes. */
  readonly take: (made: string, name: string) => Promise<Json>
  /** What differs between any two. */
  readonly differs?: readonly string[]
  readonly before?: (name: string) => Promise<unknown>
}

t.jobs = 4

function testRows ({ command, rows, behind = () => [], ask, take, differs = [], before = async () => {} }: Bed): void {
  for (const [at, row] of rows.entries()) {
    t.test(`docker ${command} ${row.cli}`, { buffered: true }, async t => {
      const { refused, except } = row
      const name = `rows-${at}`
      const byCommand = async () => await docker(...command.split(' '), ...optionsWith(row), ...behind(row, name))
      await before(name)
      if (refused !== undefined) {
        // At once, since an engine looks for a driver for a quarter of a minute.
        const [straight, answer] = await Promise.all([byCommand(), ask(row.input, name)])
        if (straight.refusal === undefined) await take(straight.out, name)
        return testRefusal(t, refused, straight, answer)
      }
      const straight = await byCommand()
      t.equal(straight.refusal, undefined)
      const direct = await take(straight.out, name)
      await before(name)
      const { status, body } = await ask(row.input, name)
      t.ok(status < 300, JSON.stringify(body))
      const ours = await take(body?.id ?? body?.name, name)
      // What has its configuration from another has its labels as well.
      if (command.endsWith(' create') && body.name !== here.volume && row.input.configFrom === undefined) ours.Labels = orNone(withoutOwnershipLabels(ours.Labels), direct.Labels)
      if (except !== undefined) for (const path of except.paths) t.strictSame(sorted(shapeOf(path, ours)), sorted(shapeOf(path, direct)), `${path} but for what may differ`)
      t.strictSame(without(ours, [...differs, ...except?.paths ?? []]), without(direct, [...differs, ...except?.paths ?? []]))
    })
  }
}

/** An engine has null for what was not given, and nothing in it for what was given empty. */
const orNone = (labels: Record<string, string>, direct: unknown) => direct === null && Object.keys(labels).length === 0 ? null : labels

/** Of what may differ: how many there are, and which fields each has. */
const shapeOf = (path: string, raw: Json): string[] => path.split('.').reduce((object, step) => object[step], raw).map((item: object) => Object.keys(item).toSorted().join())
const sorted = (texts: string[]) => texts.toSorted()

function testRefusal (t: Test, { by, status: wanted }: NonNullable<Row['refused']>, { refusal }: Said, { status, body }: { status: number, body: Json }): void {
  t.equal(refusal === undefined, by === 'caisson', refusal ?? 'the command was not refused')
  t.equal(status, wanted, JSON.stringify(body))
  if (by === 'engine') t.match(bareWords(refusal), bareWords(body.detail), 'in the engine\'s words')
}

testRows({
  command: 'network create',
  rows: networkRows,
  behind: ({ input }, name) => [String(input.name ?? name)],
  ask: async (input, name) => await admin.post('/hosts/local/networks', { name, ...input }),
  async take (id) {
    const raw = await ask(engine, 'GET', `/networks/${id}`)
    await ask(engine, 'DELETE', `/networks/${id}`)
    return raw
  },
  differs: ['Id', 'Created']
})

testRows({
  command: 'volume create',
  rows: volumeRows,
  ask: async input => await admin.post('/hosts/local/volumes', input),
  async take (name) {
    const raw = await ask(engine, 'GET', `/volumes/${name}`)
    if (name !== here.volume) await ask(engine, 'DELETE', `/volumes/${name}`)
    // One that nobody named has a name of the engine's.
    return JSON.parse(JSON.stringify(raw).replaceAll(/[0-9a-f]{64}/g, 'MADE-UP'))
  },
  differs: ['CreatedAt']
})

testRows({
  command: 'network connect',
  rows: connectRows,
  behind: (_row, name) => [here.network, name],
  async before (name) {
    await docker('container', 'rm', '--force', name)
    await succeeding(docker('container', 'create', '--name', name, image))
  },
  ask: async (input, container) => await admin.post(`/hosts/local/networks/${here.network}/connect`, { container, ...input }),
  async take (_made, name) {
    const { Id, NetworkSettings } = await ask(engine, 'GET', `/containers/${name}/json`)
    // The command says that there are no other names; where nobody says so, newer engines keep null.
    return JSON.parse(JSON.stringify(NetworkSettings.Networks).replaceAll(Id.slice(0, 12), 'OWN-ID').replaceAll('"Aliases":null', '"Aliases":[]'))
  }
})

for (const [command, rows] of Object.entries({ 'network create': networkRows, 'volume create': volumeRows, 'network connect': connectRows })) {
  t.test(`every option of docker ${command} has a row`, async t => {
    const { out } = await docker(...command.split(' '), '--help')
    const options = optionsIn(out)
    t.ok(options.length > 2, `${options.length} options were found`)
    const covered = new Set([...optionsOf(rows.flatMap(wordsOf)), ...CLI_ONLY])
    t.strictSame(options.filter(name => !covered.has(name)), [])
  })
}

t.test('every input of theirs has a row', async t => {
  const inputs: Readonly<Record<string, [rows: readonly Row[], others: readonly string[]]>> = {
    'network.create': [networkRows, ['host']],
    'volume.create': [volumeRows, ['host']],
    // A MAC address is for newer engines and has no option: the other tests of networks have it.
    'network.connect': [connectRows, ['host', 'network', 'container', 'macAddress']]
  }
  for (const [name, [rows, others]] of Object.entries(inputs)) {
    const covered = new Set([...rows.flatMap(({ input }) => Object.keys(input)), ...others])
    t.strictSame(Object.keys(operations.get(name)?.input.properties ?? {}).filter(field => !covered.has(field)), [], name)
  }
})
