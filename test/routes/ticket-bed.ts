import type { Test } from 'tap'
import { ask } from '../../scripts/lib/api.mjs'
import { engines, image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

export interface Link { readonly url: string, readonly method: string, readonly expiresAt: string }

/** What a caller hears whose ticket is not good. */
export const unauthenticated = { status: 401, body: { code: 'unauthenticated' } }

/** A gateway, and a container that tickets are made for. */
export async function ticketBed (t: Test) {
  const gateway = await startGateway(t)
  const { admin, services } = gateway
  const name = `tickets-${process.pid}`
  await ask(engines[0], 'POST', `/containers/create?name=${name}`, { json: { Image: image, Cmd: ['sh', '-c', 'echo hello; exec sleep 600'] } })
  t.teardown(async () => { await ask(engines[0], 'DELETE', `/containers/${name}?force=true`) })
  await ask(engines[0], 'POST', `/containers/${name}/start`)
  return {
    ...gateway,
    container: { host: 'local', id: name },
    async linkTo (operation: string, input: object, client = admin): Promise<Link> {
      const { status, body, text } = await client.post('/tickets', { operation, input })
      if (status !== 200) throw new Error(text)
      return body
    },
    /** The newest records. */
    async journal (count: number) {
      await services.journal.flush()
      return (await services.journal.list({ limit: count })).items
    }
  }
}
