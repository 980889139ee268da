// Starts a container, shows what runs on all hosts, and follows its log as a subscription until it exits.
//
//   CAISSON_PASSWORD=… npx tsx examples/graphql/containers.ts [image]
import { account, tokenOf } from '../fetch/client.js'
import { Gateway, graphql } from './client.js'

const run = graphql(`mutation run ($host: String!, $image: String!) {
  containerRun(host: $host, image: $image, command: ["sh", "-c", "for i in 1 2 3; do echo line $i; sleep 1; done; exit 3"]) { containerId name }
}`)

const running = graphql(`query running {
  containers {
    items { host containerId name state image networks ports { containerPort protocol hostPort } }
    errors { host detail }
  }
}`)

const log = graphql(`subscription log ($host: String!, $id: String!) {
  containerLogs(host: $host, id: $id, follow: true) {
    __typename
    ... on LogEvent { stream text }
    ... on EndEvent { reason exitCode }
    ... on ErrorEvent { problem { code detail } }
  }
}`)

const remove = graphql('mutation remove ($host: String!, $id: String!) { containerRemove(host: $host, id: $id, force: true) }')

const host = process.env.CAISSON_HOST ?? 'local'
const gateway = new Gateway(account().url, await tokenOf(account()))
const { containerRun } = await gateway.ask(run, { host, image: process.argv[2] ?? 'busybox' })
const container = { host, id: containerRun!.containerId }
try {
  const { containers } = await gateway.ask(running, {})
  for (const { host, name, image, state } of containers!.items) console.log(`${host} ${name} ${image} ${state}`)
  for (const { host, detail } of containers!.errors) console.log(`${host}: ${detail}`)

  for await (const { containerLogs: event } of gateway.follow(log, container)) {
    if (event?.__typename === 'LogEvent') console.log(`${event.stream}: ${event.text}`)
    if (event?.__typename === 'EndEvent') console.log(`${event.reason}, exit code ${event.exitCode}`)
    if (event?.__typename === 'ErrorEvent') throw new Error(`${event.problem.code}: ${event.problem.detail}`)
  }
} finally {
  await gateway.ask(remove, container)
  await gateway.close()
}
