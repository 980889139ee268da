import neostandard from 'neostandard'

const surfaces = [
  { group: ['fastify', '@fastify/*', 'mercurius', 'graphql', 'graphql-ws', 'ws'], message: 'The kernel and the handlers know no surface: what belongs to HTTP or GraphQL belongs to src/routes or src/graphql.' },
  { group: ['**/routes/*', '**/graphql/*', '**/documents/*'], message: 'The kernel and the handlers know no surface: the surfaces import them, never the other way round.' }
]
const dockerode = { group: ['dockerode', 'docker-modem'], allowTypeImports: true, message: 'Handlers ask a host object (hosts.get(host)), never dockerode: a host may be reached in other ways.' }
const restrict = patterns => ({ '@typescript-eslint/no-restricted-imports': ['error', { patterns }] })

export default [
  ...neostandard({ ts: true, ignores: ['dist/**', '.build/**', 'data/**', 'coverage/**', '.tap/**', 'node_modules/**', 'examples/types/**'] }),
  {
    rules: {
      'no-void': ['error', { allowAsStatement: true }],
      // A schema and the type it stands for share their name.
      'no-redeclare': 'off',
      '@typescript-eslint/no-redeclare': 'off'
    }
  },
  // What a browser has; neostandard knows the commonest.
  { files: ['examples/**'], languageOptions: { globals: Object.fromEntries(['CSSStyleSheet', 'Element', 'ResizeObserver', 'WebSocket', 'location'].map(name => [name, 'readonly'])) } },
  { files: ['src/docker/operations/**', 'src/auth/**', 'src/audit/**', 'src/jobs/**'], rules: restrict([...surfaces, dockerode]) },
  { files: ['src/docker/*.ts', 'src/docker/models/**', 'src/docker/streams/**'], rules: restrict(surfaces) },
  {
    files: ['src/operation/**'],
    rules: restrict([...surfaces, dockerode, { group: ['**/docker/*', '**/docker/**'], message: 'The kernel knows operations, not what they are about.' }])
  }
]
