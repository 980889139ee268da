import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { readConfig, settings } from '../src/config.js'

interface Service {
  readonly build: string
  readonly ports: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly volumes: readonly string[]
  readonly read_only: boolean
  readonly tmpfs: readonly string[]
  readonly cap_drop: readonly string[]
}

const compose = parse(readFileSync('compose.yaml', 'utf8')) as { services: { caisson: Service }, volumes: Record<string, unknown> }
const { caisson } = compose.services
const dockerfile = readFileSync('Dockerfile', 'utf8')
const final = dockerfile.slice(dockerfile.lastIndexOf('\nFROM ')).replaceAll('\\\n', ' ')
const instruction = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(final)?.[1] ?? ''

/** As Compose does it where nothing is set: `${NAME:-default}`. */
const withDefaults = (text: string) => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')

const environment = {
  ...Object.fromEntries(instruction('ENV').trim().split(/\s+/).map(pair => pair.split('=') as [string, string])),
  ...Object.fromEntries(Object.entries(caisson.environment).map(([name, value]) => [name, withDefaults(value)]))
}

t.test('what image and compose file set is what the gateway reads', async t => {
  const { NODE_ENV, ...own } = environment
  t.equal(NODE_ENV, 'production')
  for (const name of Object.keys(own)) t.ok(name in settings, name)
  const { listen, dataDir, hosts, logLevel } = readConfig(own)
  t.match({ listen, dataDir, hosts, logLevel }, { listen: { host: '0.0.0.0', port: 8080 }, dataDir: '/data', hosts: [{ name: 'local', url: 'unix:///var/run/docker.sock' }], logLevel: 'info' })
})

t.test('port, volumes and health check fit together', async t => {
  const { listen, dataDir, hosts } = readConfig({ ...environment, NODE_ENV: undefined })
  const port = 'port' in listen ? String(listen.port) : ''
  t.equal(instruction('EXPOSE'), port)
  t.same(caisson.ports, [`127.0.0.1:${port}:${port}`], 'loopback alone')
  t.equal(instruction('VOLUME'), dataDir)
  const mounts = caisson.volumes.map(line => line.split(':'))
  t.same(mounts.map(([, target]) => target), [dataDir, hosts[0]?.url.replace('unix://', '')], 'its data and the socket')
  t.same(Object.keys(compose.volumes), mounts.map(([source = '']) => source).filter(source => !source.startsWith('/')), 'named volumes are declared')
  t.match(instruction('HEALTHCHECK'), /CMD \["node".*\/healthz/)
})

t.test('it has no rights that it does not need', async t => {
  t.match(instruction('USER'), /^[1-9]\d*:[1-9]\d*$/)
  t.match(caisson, { build: '.', read_only: true, tmpfs: ['/tmp'], cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
})
