import { containerCreate, containerInspect, containerKill, containerList, containerLogs, containerRemove, containerStart } from '../orval/client.js'
import { COMMAND, ndjson, read, type Done, type Task } from './calls.js'

/** The address of the gateway went into what was generated. */
export async function orval ({ token, image, name }: Task): Promise<Done> {
  const as = { headers: { authorization: `Bearer ${token}` } }
  const created = await containerCreate('local', { image, name, command: COMMAND, labels: { by: 'orval' } }, as)
  if (created.status !== 201) throw new Error(created.data.detail)
  const { id } = created.data
  const list = await containerList('local', { all: true, name: [name] }, as)
  if (list.status !== 200) throw new Error(list.data.detail)
  await containerStart('local', id, {}, as)
  const logs = await containerLogs('local', id, { follow: true }, as)
  if (!('stream' in logs)) throw new Error(`no stream: ${logs.status}`)
  const log = await read(ndjson<Awaited<ReturnType<typeof logs.stream.json>>>(logs.stream.body), async () => await containerKill('local', id, { signal: 'SIGUSR1' }, as))
  await containerRemove('local', id, { force: true }, as)
  const absent = await containerInspect('local', id, {}, as)
  return { id, listed: list.data.items.map(({ id }) => id), ...log, absent: absent.status === 404 ? absent.data.code : '' }
}
