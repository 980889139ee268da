import t from 'tap'
import { image } from '../support/engines.js'
import { ndjson } from '../support/client.js'
import { startGateway } from '../support/gateway.js'

t.test('the main job: run over REST, see it over GraphQL, follow it over a WebSocket, read it in the journal', async t => {
  const { admin } = await startGateway(t)
  const name = `tour-${process.pid}`
  const run = await admin.post('/hosts/local/containers/run', { image, name, command: ['sh', '-c', 'echo one; echo two >&2; sleep 1; echo three'] })
  t.equal(run.status, 201, run.text)
  t.equal(run.headers.get('location'), `/api/v1/hosts/local/containers/${run.body.id}`)
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${name}?force=true`))

  const { data, errors } = await admin.graphql('{ containers(host: ["local"], all: true) { items { host containerId name state image } errors { host code } } }')
  t.same(errors, [])
  t.match(data.containers.items.find((item: { containerId: string }) => item.containerId === run.body.id), { host: 'local', name, state: 'running', image })

  const { code, reason, messages } = await admin.follow(`/hosts/local/containers/${name}/logs?follow=true`)
  t.same([code, reason], [1000, 'exited'])
  t.same(messages.filter(({ type }) => type === 'log').map(({ stream, text }) => [stream, text]).sort(), [['stderr', 'two'], ['stdout', 'one'], ['stdout', 'three']])
  t.match(messages.at(-1), { type: 'end', reason: 'exited', exitCode: 0 })

  const plain = await admin.get(`/hosts/local/containers/${name}/logs?stderr=false`, { accept: 'text/plain' })
  t.equal(plain.text, 'one\nthree\n')
  const lines = ndjson((await admin.get(`/hosts/local/containers/${name}/logs?tail=1`)).text)
  t.match(lines, [{ type: 'log', text: 'three' }, { type: 'end', reason: 'complete' }])

  const { body } = await admin.get('/audit?limit=20')
  t.match(body.items.map(({ operation, surface }: { operation: string, surface: string }) => `${surface} ${operation}`), ['rest container.logs', 'rest container.logs', 'ws container.logs', 'graphql container.list', 'rest container.run'])
})
