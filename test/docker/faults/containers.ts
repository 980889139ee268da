import type { Bed } from './bed.js'
import type { Fault } from './fault.js'

const create = (spec: object): Fault['make'] => async ({ admin, at, image, name }) =>
  await admin.post(at('/containers'), { name: name(), image, command: ['sleep', '600'], stopTimeoutSeconds: 0, ...spec })

/** What many an engine sees at the create already, and others at the start. */
const started = (spec: object): Fault['make'] => async bed => {
  const answer = await create(spec)(bed)
  return answer.status >= 400 ? answer : await bed.admin.post(bed.at(`/containers/${answer.body.id}/start`))
}

const at = (container: string, verb: string, body: object = {}) => async ({ admin, at }: Bed) => await admin.post(at(`/containers/${container}/${verb}`), body)

export const containerFaults: readonly Fault[] = [
  { what: 'a name that is taken', code: 'conflict', make: async bed => await create({ name: await bed.still() })(bed) },
  { what: 'a malformed bind', code: 'invalid-input', make: create({ binds: ['a:/b:c:d'] }) },
  { what: 'a bind with nothing in it', code: 'invalid-input', make: create({ binds: [':'] }) },
  { what: 'a bind to a relative path', code: 'invalid-input', make: create({ binds: ['/tmp:b'] }) },
  { what: 'a bind of the root', code: 'invalid-input', unlike: { podman: 'taken' }, make: create({ binds: ['/tmp:/'] }) },
  { what: 'an unknown option of a bind', code: 'invalid-input', make: create({ binds: ['/tmp:/b:zz'] }) },
  { what: 'two binds of one place', code: 'invalid-input', make: create({ binds: ['/tmp:/b', '/var:/b'] }) },
  { what: 'a mount of what is not there', code: 'invalid-input', unlike: { podman: 'taken' }, make: started({ mounts: [{ type: 'bind', source: '/tmp/no-such-source', target: '/b' }] }) },
  { what: 'a folder over a file', code: 'invalid-input', make: started({ binds: ['/tmp:/etc/passwd'] }) },
  { what: 'an unknown volume driver', code: 'not-found', unlike: { podman: 'taken' }, make: create({ volumeDriver: 'nope', volumes: ['/v'] }) },
  { what: 'bad options of tmpfs', code: 'invalid-input', make: started({ tmpfs: { '/t': 'bad=1' } }) },
  { what: 'an unknown log option', code: 'invalid-input', unlike: { podman: 'taken' }, make: started({ logConfig: { type: 'json-file', config: { foo: 'x' } } }) },
  { what: 'a bad value of a log option', code: 'invalid-input', make: started({ logConfig: { type: 'json-file', config: { 'max-size': 'abc' } } }) },
  { what: 'an unknown log driver', code: 'not-found', make: started({ logConfig: { type: 'nope' } }) },
  { what: 'a user that the image has not', code: 'invalid-input', make: started({ user: 'nobody-such' }) },
  { what: 'a program that the image has not', code: 'invalid-input', make: started({ command: ['no-such-program'] }) },
  { what: 'a program that is no program', code: 'invalid-input', make: started({ command: ['/etc/passwd'] }) },
  { what: 'too little memory', code: 'invalid-input', make: started({ memoryBytes: 1024 }) },
  { what: 'less swap than memory', code: 'invalid-input', make: started({ memoryBytes: 64 * 1024 * 1024, memorySwapBytes: 32 * 1024 * 1024 }) },
  { what: 'more CPUs than there are', code: 'invalid-input', unlike: { podman: 'taken' }, make: started({ cpus: 4000 }) },
  { what: 'CPUs that are not there', code: 'invalid-input', make: started({ cpusetCpus: '4000' }) },
  { what: 'a device that is not there', code: 'invalid-input', make: started({ devices: [{ pathOnHost: '/dev/no-such' }] }) },
  { what: 'a device driver that is not there', code: 'invalid-input', unlike: { podman: 'taken' }, make: started({ deviceRequests: [{ count: 1, capabilities: [['gpu']] }] }) },
  { what: 'an unknown runtime', code: 'invalid-input', unlike: { podman: 'taken' }, make: started({ runtime: 'nope' }) },
  { what: 'an unknown capability', code: 'invalid-input', make: started({ capAdd: ['NOPE'] }) },
  { what: 'an unknown security option', code: 'invalid-input', make: started({ securityOpt: ['nope=1'] }) },
  { what: 'a profile of seccomp that is none', code: 'invalid-input', make: started({ securityOpt: ['seccomp={'] }) },
  { what: 'an unknown stop signal', code: 'invalid-input', make: started({ stopSignal: 'SIGNOPE' }) },
  { what: 'a host that is no line of a hosts file', code: 'invalid-input', make: started({ extraHosts: ['nope'] }) },
  { what: 'storage options that the driver has not', code: 'invalid-input', unlike: { '28.5-containerd': 'taken' }, make: started({ storageOpt: { nope: '1' } }) },
  { what: 'a device to slow down that is not there', code: 'invalid-input', make: started({ blkioDeviceReadBps: [{ path: '/dev/no-such', rate: 1000 }] }) },
  { what: 'an unknown sysctl', code: 'invalid-input', make: started({ sysctls: { 'net.nope': '1' } }) },
  { what: 'an unknown ulimit', code: 'invalid-input', make: started({ ulimits: [{ name: 'nope', soft: 1 }] }) },
  { what: 'a ulimit with soft above hard', code: 'invalid-input', make: started({ ulimits: [{ name: 'nofile', soft: 10, hard: 1 }] }) },
  { what: 'a working directory that is a file', code: 'invalid-input', make: started({ workingDir: '/etc/passwd' }) },
  { what: 'an image that is not there', code: 'not-found', make: create({ image: 'no/such:1', pull: 'never' }) },
  { what: 'an image that is not there in this platform', code: 'not-found', make: create({ platform: 'linux/s390x', pull: 'never' }) },
  { what: 'volumes from nobody', code: 'not-found', make: started({ volumesFrom: ['nobody'] }) },
  { what: 'a link to nobody', code: 'not-found', unlike: { podman: 'invalid-input' }, make: started({ links: ['nobody:x'] }) },
  { what: 'a link to what does not run', code: 'conflict', unlike: { podman: 'invalid-input' }, make: async bed => await started({ links: [`${await bed.still()}:x`] })(bed) },
  { what: 'the network of nobody', code: 'not-found', make: started({ networkMode: 'container:nobody' }) },
  { what: 'the network of what does not run', code: 'conflict', unlike: { podman: 'taken' }, make: async bed => await started({ networkMode: `container:${await bed.still()}` })(bed) },
  { what: 'the processes of what does not run', code: 'conflict', unlike: { podman: 'taken' }, make: async bed => await started({ pidMode: `container:${await bed.still()}` })(bed) },

  { what: 'signal 65', code: 'invalid-input', make: async bed => await at(await bed.idle(), 'kill', { signal: '65' })(bed) },
  { what: 'an unknown signal', code: 'invalid-input', make: async bed => await at(await bed.idle(), 'kill', { signal: 'NOPE' })(bed) },
  { what: 'a signal to what does not run', code: 'conflict', make: async bed => await at(await bed.still(), 'kill')(bed) },
  { what: 'a pause of what does not run', code: 'conflict', make: async bed => await at(await bed.still(), 'pause')(bed) },
  { what: 'a pause of what is paused', code: 'conflict', make: async bed => await at(await bed.paused(), 'pause')(bed) },
  { what: 'an unpause of what is not paused', code: 'conflict', make: async bed => await at(await bed.idle(), 'unpause')(bed) },
  { what: 'a rename to a name that is taken', code: 'conflict', make: async bed => await at(await bed.still(), 'rename', { name: await bed.idle() })(bed) },
  { what: 'a command in what does not run', code: 'conflict', make: async bed => await at(await bed.still(), 'exec', { command: ['true'] })(bed) },
  { what: 'a command in what is paused', code: 'conflict', make: async bed => await at(await bed.paused(), 'exec', { command: ['true'] })(bed) },
  { what: 'the size of a terminal that does not run', code: 'conflict', make: async bed => await at(await bed.made({ tty: true }), 'resize', { columns: 80, rows: 25 })(bed) },
  { what: 'a removal of what runs', code: 'conflict', make: async bed => await bed.admin.delete(bed.at(`/containers/${await bed.idle()}`)) },
  { what: 'processes of what does not run', code: 'conflict', make: async bed => await bed.admin.get(bed.at(`/containers/${await bed.still()}/top`)) },
  { what: 'processes without the column pid', code: 'invalid-input', unlike: { podman: 'taken' }, make: async bed => await bed.admin.get(bed.at(`/containers/${await bed.idle()}/top?psArgs=-o+comm`)) },
  { what: 'options of ps that contradict each other', code: 'invalid-input', make: async bed => await bed.admin.get(bed.at(`/containers/${await bed.idle()}/top?psArgs=${encodeURIComponent('jl')}`)) },
  { what: 'logs of a driver that keeps none', code: 'conflict', make: async bed => await bed.admin.get(bed.at(`/containers/${await bed.running({ logConfig: { type: 'none' } })}/logs`)) },
  { what: 'following logs of a driver that keeps none', code: 'conflict', make: async bed => await bed.admin.get(bed.at(`/containers/${await bed.running({ logConfig: { type: 'none' } })}/logs?follow=true`)) },
  { what: 'an update below what is used', code: 'conflict', unlike: { podman: 'invalid-input' }, make: async bed => await bed.admin.patch(bed.at(`/containers/${await bed.running({ memoryBytes: 64 * 1024 * 1024, memorySwapBytes: 64 * 1024 * 1024 })}`), { memoryBytes: 128 * 1024 * 1024 }) },
  { what: 'an update to CPUs that are not there', code: 'invalid-input', make: async bed => await bed.admin.patch(bed.at(`/containers/${await bed.idle()}`), { cpusetCpus: '4000' }) },
  { what: 'an update of the restart of what removes itself', code: 'conflict', unlike: { podman: 'taken' }, make: async bed => await bed.admin.patch(bed.at(`/containers/${await bed.running({ autoRemove: true })}`), { restartPolicy: { name: 'always' } }) },
  { what: 'containers made before nobody', code: 'not-found', make: async ({ admin, at }) => await admin.get(at('/containers?before=nobody')) },
  { what: 'containers that publish what is no port', code: 'invalid-input', make: async ({ admin, at }) => await admin.get(at('/containers?publish=nope')) },
  { what: 'a commit with an unknown instruction', code: 'invalid-input', make: async bed => await at(await bed.still(), 'commit', { changes: ['FOO bar'] })(bed) }
]
