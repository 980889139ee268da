import createClient from 'openapi-fetch'
import type { components, paths } from '../openapi-typescript/paths.js'
import { COMMAND, ndjson, read, type Done, type Task } from './calls.js'

export async function openapiTypescript ({ url, token, image, name }: Task): Promise<Done> {
  const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${token}` } })
  const created = await client.POST('/api/v1/hosts/{host}/containers', {
    params: { path: { host: 'local' } },
    body: { image, name, command: COMMAND, ports: [{ containerPort: 80 }], labels: { by: 'openapi-typescript' } }
  })
  const id = created.data?.id ?? ''
  const path = { host: 'local', id }
  const list = await client.GET('/api/v1/hosts/{host}/containers', { params: { path, query: { all: true, name: [name] } } })
  await client.POST('/api/v1/hosts/{host}/containers/{id}/start', { params: { path } })
  const goOn = async () => await client.POST('/api/v1/hosts/{host}/containers/{id}/kill', { params: { path }, body: { signal: 'SIGUSR1' } })
  const { data } = await client.GET('/api/v1/hosts/{host}/containers/{id}/logs', { params: { path, query: { follow: true } }, parseAs: 'stream' })
  const log = await read(ndjson<components['schemas']['LogStreamEvent']>(data ?? null), goOn)
  await client.DELETE('/api/v1/hosts/{host}/containers/{id}', { params: { path, query: { force: true } } })
  const { error } = await client.GET('/api/v1/hosts/{host}/containers/{id}', { params: { path } })
  return { id, listed: list.data?.items.map(({ id }) => id) ?? [], ...log, absent: error?.code ?? '' }
}
