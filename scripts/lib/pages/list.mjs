// @ts-check
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A page: the file that it is rendered from, its address below /docs, and what links to it are called.
 * @typedef {{ file: string, name: string, label: string }} PageSource
 */

/** For whoever uses or runs the gateway, in the order of their tasks. @type {readonly PageSource[]} */
export const GUIDES = [
  { file: 'README.md', name: 'start', label: 'Start here' },
  { file: 'docs/deploy.md', name: 'deploy', label: 'Deploy' },
  { file: 'docs/hosts.md', name: 'hosts', label: 'Hosts and engines' },
  { file: 'docs/images.md', name: 'images', label: 'Images and files' },
  { file: 'docs/teams-and-limits.md', name: 'teams-and-limits', label: 'Teams and limits' },
  { file: 'docs/live.md', name: 'live', label: 'Live: logs, events, terminals' },
  { file: 'docs/automation.md', name: 'automation', label: 'Automation' },
  { file: 'docs/clients.md', name: 'clients', label: 'Clients' },
  { file: 'docs/operate.md', name: 'operate', label: 'Operate' },
  { file: 'docs/security-model.md', name: 'security-model', label: 'Security model' }
]

/** For whoever looks behind it, or works on it. @type {readonly PageSource[]} */
export const BACKGROUND = [
  { file: 'SECURITY.md', name: 'security', label: 'Security: policy and threat model' },
  { file: 'ARCHITECTURE.md', name: 'architecture', label: 'Architecture' },
  { file: 'examples/README.md', name: 'examples', label: 'Examples' },
  { file: 'CONTRIBUTING.md', name: 'contributing', label: 'Contributing' },
  { file: 'CHANGELOG.md', name: 'changelog', label: 'Changelog' }
]

/** What a page may lead to that is no page of these: where the gateway has the same thing. */
export const ELSEWHERE = new Map([
  ['openapi.yaml', '/openapi.yaml'],
  // The schema as a text is not served: GraphiQL shows it to whoever has signed in.
  ['schema.graphql', '/graphiql'],
  ['LICENSE', '/docs/license']
])

/** Those that are in this checkout: an image or a copy for a test may have none. @param {string} root */
export const pagesIn = root => [...GUIDES, ...BACKGROUND].filter(({ file }) => existsSync(join(root, file)))
