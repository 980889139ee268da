import { containerCreate, containerInspect, containerKill, containerList, containerLogs, containerRemove, containerStart, defaults, type LogStreamEvent } from '../oazapfts/client.js'
import { COMMAND, ndjson, read, type Done, type Task } from './calls.js'

export async function oazapfts ({ url, token, image, name }: Task): Promise<Done> {
  defaults.baseUrl = url
  defaults.headers = { authorization: `Bearer ${token}` }
  const created = await containerCreate('local', { image, name, command: COMMAND, labels: { by: 'oazapfts' } })
  if (created.status !== 201) throw new Error('not created')
  const { id } = created.data
  const list = await containerList('local', { all: true, name: [name] })
  if (list.status !== 200) throw new Error('no list')
  await containerStart('local', id)
  // It reads every body to its end before it answers: what comes meanwhile is read where the call is made.
  let log: Pick<Done, 'lines' | 'exitCode'> = { lines: [], exitCode: undefined }
  await containerLogs('local', id, { follow: true }, {
    async fetch (...call) {
      log = await read(ndjson<LogStreamEvent>((await fetch(...call)).body), async () => await containerKill('local', id, { signal: 'SIGUSR1' }))
      return new Response(null, { status: 204 })
    }
  })
  await containerRemove('local', id, { force: true })
  const absent = await containerInspect('local', id)
  return { id, listed: list.data.items.map(({ id }) => id), ...log, absent: absent.status === 404 ? absent.data.code : '' }
}
