import { tmpdir } from 'node:os'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createRequest } from '../../../src/docker/containers/container-body.js'
import { BUILD } from '../../../src/docker/limits/build.js'
import { COMMIT, CONFIG, CREATE, EXEC, HEALTHCHECK, NETWORKING, UPDATE } from '../../../src/docker/limits/container.js'
import { ENDPOINTS } from '../../../src/docker/limits/endpoint.js'
import { HOST_CONFIG, RESOURCES } from '../../../src/docker/limits/host-config.js'
import { BIND_OPTIONS, DRIVER_CONFIG, MOUNT, TMPFS_OPTIONS, VOLUME_OPTIONS } from '../../../src/docker/limits/mount.js'
import { IPAM, NETWORK } from '../../../src/docker/limits/network.js'
import { violations, type Rows } from '../../../src/docker/limits/rows.js'
import { VOLUME } from '../../../src/docker/limits/volume.js'
import { rows as specRows } from '../spec-rows.js'
import { engineSource } from './engine-fields.js'

const { fieldsOf, queryOf } = await engineSource(t)
const HOST = 'api/types/container/host_config.go'
const CONTAINER = 'api/types/container/config.go'
const MOUNTS = 'api/types/mount/mount.go'
const NETWORKS = 'api/types/network/network.go'

const structs: ReadonlyArray<readonly [file: string, struct: string, rows: Rows]> = [
  [CONTAINER, 'Config', CONFIG],
  [CONTAINER, 'HealthConfig', HEALTHCHECK],
  [HOST, 'HostConfig', HOST_CONFIG],
  [HOST, 'Resources', RESOURCES],
  [HOST, 'UpdateConfig', UPDATE],
  [MOUNTS, 'Mount', MOUNT],
  [MOUNTS, 'BindOptions', BIND_OPTIONS],
  [MOUNTS, 'VolumeOptions', VOLUME_OPTIONS],
  [MOUNTS, 'Driver', DRIVER_CONFIG],
  [MOUNTS, 'TmpfsOptions', TMPFS_OPTIONS],
  [NETWORKS, 'NetworkingConfig', NETWORKING],
  [NETWORKS, 'EndpointSettings', ENDPOINTS],
  [NETWORKS, 'IPAM', IPAM],
  ['api/types/configs.go', 'ExecConfig', EXEC],
  ['api/types/types.go', 'NetworkCreate', NETWORK],
  ['api/types/volume/volume_create.go', 'VolumeCreateBody', VOLUME]
]

t.test('every field that the engine\'s API has is decided about', async t => {
  for (const [file, struct, rows] of structs) {
    const fields = fieldsOf(file, struct)
    t.ok(fields.length > 0, `${struct} has fields`)
    t.same(fields.filter(name => !Object.hasOwn(rows, name)), [], struct)
  }
  t.ok(fieldsOf(HOST, 'HostConfig').length > 60, 'those of what is inside are among them')
})

t.test('every parameter of a build and of a commit is decided about', async t => {
  const build = queryOf('api/server/router/build/build_routes.go', 'func newImageBuildOptions', 'func parseVersion')
  t.ok(build.length > 25, build.join(' '))
  t.same(build.filter(name => !Object.hasOwn(BUILD, name)), [])
  const commit = queryOf('api/server/router/container/container_routes.go', 'func (s *containerRouter) postCommit', 'func (s *containerRouter) getContainersJSON')
  t.ok(commit.includes('changes'))
  t.same(commit.filter(name => !Object.hasOwn(COMMIT, name)), [])
})

t.test('a field that nobody decided about is refused, at every depth', async t => {
  const body = { Image: 'x', Novel: true, HostConfig: { Novel: 0, Mounts: [{ Type: 'tmpfs', Target: '/x', Novel: 1, BindOptions: { Novel: 1 } }] }, NetworkingConfig: { EndpointsConfig: { net: { Novel: {} } } }, Privileged: true }
  t.same(violations(CREATE, body, {}).filter(({ limit }) => limit === 'unknown').map(({ at }) => at.join('.')), [
    'Novel', 'HostConfig.Novel', 'HostConfig.Mounts.0.Novel', 'HostConfig.Mounts.0.BindOptions.Novel', 'NetworkingConfig.EndpointsConfig.net.Novel', 'Privileged'
  ], 'also what stands where old engines would take it for a part of HostConfig')
})

t.test('whatever a spec comes to, for old engines and new, is decided about', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-limits-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const newer = {
    annotations: { a: 'b' },
    healthcheck: { startIntervalSeconds: 1 },
    networks: { one: { gwPriority: 1, macAddress: '92:d0:c6:0a:29:33', driverOpts: { a: 'b' } }, two: { links: ['x'] } },
    mounts: [
      { type: 'bind', source: '/x', target: '/x', bindOptions: { createMountpoint: true, readOnlyForceRecursive: true, readOnlyNonRecursive: true } },
      { type: 'volume', target: '/y', volumeOptions: { subpath: 'z', labels: {}, driver: { name: 'local', options: {} } } },
      { type: 'tmpfs', target: '/z', tmpfsOptions: { options: [['noexec']], sizeBytes: 1, mode: 1 } },
      { type: 'image', source: 'x', target: '/i', imageOptions: { subpath: 'x' } }
    ]
  }
  let seen = 0
  for (const spec of [newer, ...specRows(folder).map(({ spec }) => spec)]) {
    for (const api of ['1.41', '1.55']) {
      let body
      try { ({ body } = createRequest({ image: 'x', ...spec } as Parameters<typeof createRequest>[0], api)) } catch { continue }
      seen++
      t.same(violations(CREATE, body, {}).filter(({ limit }) => limit === 'unknown'), [], JSON.stringify(spec))
    }
  }
  t.ok(seen > 200, `${seen} bodies`)
})
