import { fetch as kubbFetch, setConfig, type RequestConfig, type ResponseConfig } from '../kubb/.kubb/fetch.ts'
import { containerCreate, containerInspect, containerKill, containerList, containerLogs, containerRemove, containerStart } from '../kubb/index.ts'
import type { LogStreamEvent } from '../kubb/index.ts'
import { COMMAND, ndjson, read, type Done, type Task } from './calls.js'

/** The bundled client reads all as JSON: for a stream a call is given a client of its own, as kubb has it. */
async function streaming<T> ({ baseURL = '', url = '', params, headers }: RequestConfig): Promise<ResponseConfig<T>> {
  const query = new URLSearchParams(Object.entries(params ?? {}).map(([name, value]) => [name, String(value)]))
  const response = await fetch(`${baseURL}${url}?${query}`, { headers })
  return { data: response.body as T, status: response.status, statusText: response.statusText, headers: response.headers }
}

export async function kubb ({ url, token, image, name }: Task): Promise<Done> {
  const config = { baseURL: url, headers: { authorization: `Bearer ${token}` } }
  setConfig(config)
  const json = { headers: { 'content-type': 'application/json' } }
  const { id } = await containerCreate('local', { image, name, command: COMMAND, labels: { by: 'kubb' } }, undefined, json)
  const { items } = await containerList('local', { all: true, name: [name] })
  await containerStart('local', id, {}, undefined, json)
  const goOn = async () => await containerKill('local', id, { signal: 'SIGUSR1' }, undefined, json)
  const body = await containerLogs('local', id, { follow: true }, { ...config, client: streaming })
  const log = await read(ndjson<LogStreamEvent>(body as unknown as ReadableStream<Uint8Array>), goOn)
  await containerRemove('local', id, { force: true })
  const { code } = await containerInspect('local', id, {}, { client: kubbFetch }) as unknown as { code: string }
  return { id, listed: items.map(({ id }) => id), ...log, absent: code }
}
