// The layers of src/: a file imports from its own layer and from those above it in this list, types included.
// `npm run lint` holds the code to it. ARCHITECTURE.md says what each layer is for.
/** @type {ReadonlyArray<readonly [folder: string, about: string]>} */
const LAYERS = [
  ['lib', 'helpers that know nothing of Caisson: errors, ids, texts of numbers'],
  ['model', 'the vocabulary that all share: who calls, about what, on which surface'],
  ['store', 'the database, and nothing of what is kept in it'],
  ['tar', 'tar archives'],
  ['metrics', 'what is counted'],
  ['audit', 'the audit log'],
  ['authorization', 'whether a call is allowed, by grants and limits'],
  ['engine', 'what talks to an engine'],
  ['idempotency', 'calls under a key'],
  ['operation', 'what an operation is, and how one is called'],
  ['rates', 'how often a caller may call'],
  ['docker', 'containers, images, networks and volumes'],
  ['auth', 'users, groups, roles, grants and credentials'],
  ['quotas', 'what the containers of a grant may have together'],
  ['expiry', 'times to live'],
  ['jobs', 'work that outlives its request'],
  ['operations', 'every operation there is'],
  ['routes', 'REST and WebSocket'],
  ['graphql', 'GraphQL'],
  ['documents', 'OpenAPI and the pages']
]
const below = index => LAYERS.slice(index + 1).map(([folder]) => folder).join('|')
const SURFACES = '^src/(routes|graphql|documents)/'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circle', severity: 'error', comment: 'Files that import each other cannot be read, tested or moved one by one.', from: { path: '^src' }, to: { circular: true } },
    ...LAYERS.slice(0, -1).map(([folder, about], index) => ({
      name: `layer-${folder}`,
      severity: 'error',
      comment: `src/${folder}/ has ${about}: it knows none of the layers that are built on it.`,
      from: { path: `^src/${folder}/` },
      to: { path: `^src/(?:(?:${below(index)})/|[^/]+$)` }
    })),
    {
      name: 'layer-unknown',
      severity: 'error',
      comment: 'A new folder has its place in the list of layers above.',
      from: { path: '^src/[^/]+/', pathNot: `^src/(?:${LAYERS.map(([folder]) => folder).join('|')})/` },
      to: {}
    },
    {
      name: 'only-surfaces-speak-http',
      severity: 'error',
      comment: 'What belongs to HTTP or GraphQL belongs to a surface: operations are the same on each.',
      from: { path: '^src/.+/', pathNot: SURFACES },
      to: { path: '^node_modules/(fastify|@fastify|mercurius|graphql|graphql-ws|ws)/' }
    },
    {
      name: 'only-the-engine-layer-has-dockerode',
      severity: 'error',
      comment: 'Handlers ask a host, which may be reached in other ways. Types of what engines answer are free to all.',
      from: { path: '^src', pathNot: '^src/engine/' },
      to: { path: '^node_modules/(dockerode|docker-modem)/', dependencyTypesNot: ['type-only'] }
    },
    {
      name: 'not-from-tests',
      severity: 'error',
      comment: 'The product does not need its tests, scripts or examples.',
      from: { path: '^src' },
      to: { path: '^(test|test-long|scripts|bench|examples)/' }
    }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] }
  }
}
