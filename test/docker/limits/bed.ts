import { ask, call } from '../../../scripts/lib/api.mjs'
import type { Limits } from '../../../src/authorization/limits/schema.js'
import { engines, image } from '../../support/engines.js'
import { startGateway, type Gateway } from '../../support/gateway.js'
import type { Client } from '../../support/client.js'

export const engine = engines[0]
export { image }

export interface LimitsBed {
  readonly gateway: Gateway
  /** Has the role of the bed on `local`, and nothing else. */
  readonly ann: Client
  /** A name of this file's own. */
  readonly name: (of: string) => string
  /** From the next call. */
  readonly allow: (limits: Limits, more?: { readonly operations?: string[], readonly match?: object }) => Promise<string>
  /** What the engine says of it; undefined: it is not there. */
  readonly inspect: (name: string) => Promise<Inspect | undefined>
  readonly clear: (...names: string[]) => Promise<void>
  /** By which rule the last call of ann's was let through or refused. */
  readonly lastRule: () => Promise<string | undefined>
}

export interface Inspect { readonly Id: string, readonly Config: Record<string, unknown>, readonly HostConfig: Record<string, unknown>, readonly Mounts: Array<{ Type: string, Name?: string, Source: string, RW: boolean, Driver?: string }>, readonly NetworkSettings: { Networks: Record<string, { NetworkID: string }> } }

/** A gateway, and ann with a role whose limits a test chooses. */
export async function limitsBed (t: Parameters<typeof startGateway>[0], word: string, behind: { readonly socketPath: string } = engine): Promise<LimitsBed> {
  const gateway = await startGateway(t, { engines: [behind] })
  const { ann, services: { roles, grants, journal } } = gateway
  const name = (of: string) => `limits-${word}-${of}-${process.pid}`
  let count = 0
  const allow: LimitsBed['allow'] = async (limits, { operations = ['container.*', 'image.*', 'network.*', 'volume.*', 'exec.*'], match } = {}) => {
    const role = `limits-${++count}`
    await roles.create(role, { operations, limits, force: true })
    for (const { id } of (await grants.list({ limit: 100 })).items) await grants.remove(id)
    return (await grants.create({ user: 'ann', role, hosts: ['local'], ...match === undefined ? {} : { match } })).id
  }
  const inspect: LimitsBed['inspect'] = async of => {
    const { status, text } = await call(engine, 'GET', `/containers/${of}/json`)
    return status === 404 ? undefined : JSON.parse(text) as Inspect
  }
  const clear = async (...names: string[]) => { for (const of of names) await call(engine, 'DELETE', `/containers/${of}?force=true&v=true`) }
  const lastRule = async () => {
    await journal.flush()
    return (await journal.list({ limit: 20 })).items.find(({ actor }) => actor?.username === 'ann')?.decision?.rule
  }
  return { gateway, ann, name, allow, inspect, clear, lastRule }
}

export const makeVolume = async (name: string, options?: object, labels: object = {}): Promise<void> => { await ask(engine, 'POST', '/volumes/create', { json: { Name: name, Driver: 'local', ...options === undefined ? {} : { DriverOpts: options }, Labels: labels } }) }
export const removeVolume = async (name: string): Promise<void> => { await call(engine, 'DELETE', `/volumes/${name}?force=true`) }
