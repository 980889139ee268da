import { ask, call } from '../../scripts/lib/api.mjs'
import { tar } from '../../scripts/lib/tar.mjs'
import { OWNER_LABEL } from '../../src/model/resource.js'
import { image, privateEngine } from '../support/engines.js'
import { startGateway, type Gateway } from '../support/gateway.js'
import type { Client } from '../support/client.js'
import type { RoleName, Whose } from './access-table.js'

type Teardown = Parameters<typeof privateEngine>[0] & Parameters<typeof startGateway>[0]
type Engine = Awaited<ReturnType<typeof privateEngine>>

export const PAT_PASSWORD = 'correct horse battery pat'
const PREFIX = 'caisson-access'

export const NAMES: Readonly<Record<Whose, { readonly container: string, readonly image: string, readonly network: string, readonly volume: string }>> = {
  own: named('own', 'mine/app:1'),
  shared: named('shared', `${PREFIX}/shared:1`),
  foreign: named('foreign', `${PREFIX}/foreign:1`)
}

function named (whose: Whose, imageName: string) {
  return { container: `${PREFIX}-${whose}`, image: imageName, network: `${PREFIX}-${whose}`, volume: `${PREFIX}-${whose}` }
}

export interface AccessBed {
  readonly engine: Engine
  readonly gateway: Gateway
  readonly pat: Client
  readonly patId: string
  /** Has pat hold the role, and nothing else. */
  readonly as: (role: RoleName) => Promise<void>
  readonly grant: (grant: { role: string, hosts?: string[], match?: object }) => Promise<string>
  readonly nothing: () => Promise<void>
}

/** A gateway, a user called pat, and on its first host something of pat's, of pat's team's and of a stranger's. */
export async function accessBed (t: Teardown): Promise<AccessBed> {
  const engine = await privateEngine(t)
  const gateway = await startGateway(t, { engines: [engine, engine] })
  const { services: { users, grants } } = gateway
  const { id: patId } = await users.create({ username: 'pat', password: PAT_PASSWORD })
  const pat = await gateway.nobody.signIn('pat', PAT_PASSWORD)
  for (const whose of ['own', 'shared', 'foreign'] as const) await make(engine, whose, patId)
  const nothing = async () => {
    for (const { id } of (await grants.list({ limit: 1000 })).items) await grants.remove(id)
  }
  const grant: AccessBed['grant'] = async ({ hosts = ['local'], ...rest }) => (await grants.create({ user: 'pat', hosts, ...rest } as Parameters<typeof grants.create>[0])).id
  const as = async (role: RoleName) => {
    await nothing()
    if (role === 'auditor') { await grant({ role }); return }
    for (const match of [{ owner: 'self' }, { owner: 'self', images: ['mine/*'] }, { labels: { team: 'access-blue' } }]) await grant({ role, match })
  }
  return { engine, gateway, pat, patId, as, grant, nothing }
}

const LABELS: Readonly<Record<Whose, (patId: string) => Record<string, string>>> = {
  own: patId => ({ [OWNER_LABEL]: patId }),
  shared: () => ({ [OWNER_LABEL]: 'someone', team: 'access-blue' }),
  foreign: () => ({ [OWNER_LABEL]: 'someone', team: 'access-red' })
}

async function make (engine: Engine, whose: Whose, patId: string): Promise<void> {
  const labels = LABELS[whose](patId)
  const { container, image: name, network, volume } = NAMES[whose]
  const [repo = '', tag = ''] = name.split(':')
  const changes = Object.entries(labels).map(([key, value]): [string, string] => ['changes', `LABEL ${key}=${value}`])
  const query = new URLSearchParams([['fromSrc', '-'], ['repo', repo], ['tag', tag], ...changes, ['changes', 'ENV SECRET=canary-of-the-image']])
  await call(engine, 'POST', `/images/create?${query}`, { body: tar([{ path: whose }]), type: 'application/x-tar' })
  // Made of a real image, under the name that policy looks at: what runs is not what is tested here.
  await call(engine, 'POST', `/images/${image}/tag?${new URLSearchParams({ repo: `${repo}-run`, tag })}`)
  await ask(engine, 'POST', `/containers/create?name=${container}`, { json: { Image: `${repo}-run:${tag}`, Cmd: ['sleep', '600'], Env: ['SECRET=canary-of-the-container'], Labels: labels } })
  await call(engine, 'POST', `/containers/${container}/start`)
  await ask(engine, 'POST', '/networks/create', { json: { Name: network, Internal: true, Labels: labels } })
  await ask(engine, 'POST', '/volumes/create', { json: { Name: volume, Labels: labels } })
}
