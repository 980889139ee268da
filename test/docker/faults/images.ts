import { tar } from '../../../scripts/lib/tar.mjs'
import { context } from '../../support/examples.js'
import { DENYING } from '../../support/denying-registry.js'
import { REGISTRY } from '../../support/registry.js'
import type { Bed } from './bed.js'
import type { Fault } from './fault.js'

/** A registry that asks who comes. */
export const LOCKED = 'localhost:5001'
export const SIGN_IN = { username: 'tester', password: 'canary-of-the-registry' }

const image = (reference: string, rest = '') => `/images/${encodeURIComponent(reference)}${rest}`
const pull = (input: object): Fault['make'] => async ({ admin, at }) => await admin.post(at('/images/pull'), input)

async function tagged (bed: Bed, reference: string): Promise<string> {
  await bed.admin.post(bed.at(image(bed.image, '/tag')), { reference })
  return reference
}

const push = (reference: string, input: object = {}): Fault['make'] => async bed => await bed.admin.post(bed.at(image(await tagged(bed, reference), '/push')), input)

const build = (dockerfile: string, input: object = {}): Fault['make'] => async bed => await buildOf(bed, context(dockerfile.replace('BASE', bed.image)), input)

async function buildOf ({ admin, at }: Bed, archive: Buffer, input: object) {
  return await admin.upload('POST', at('/images/build'), new Uint8Array(archive), { 'caisson-input': Buffer.from(JSON.stringify(input)).toString('base64url') })
}

async function removalInUse (bed: Bed) {
  const reference = 'fault/used:1'
  await bed.upload('POST', bed.at(`/images/import?reference=${encodeURIComponent(reference)}`), tar([{ path: 'etc' }]))
  await bed.made({ image: reference })
  return await bed.admin.delete(bed.at(image(reference)))
}

export const imageFaults: readonly Fault[] = [
  { what: 'a pull of a name that the registry has not', code: 'not-found', make: pull({ reference: `${REGISTRY}/nothing:here` }) },
  { what: 'a pull of a tag that the registry has not', code: 'not-found', make: pull({ reference: `${REGISTRY}/there:9` }) },
  { what: 'a pull from a registry that is not there', code: 'engine-error', make: pull({ reference: 'localhost:9/down:1' }) },
  { what: 'a pull by nobody', code: 'registry-denied', make: pull({ reference: `${LOCKED}/locked:1` }) },
  { what: 'a pull with the wrong password', code: 'registry-denied', make: pull({ reference: `${LOCKED}/locked:1`, registryAuth: { ...SIGN_IN, password: 'wrong' } }) },
  { what: 'a push by nobody', code: 'registry-denied', make: push(`${LOCKED}/locked:1`) },
  { what: 'a push with the wrong password', code: 'registry-denied', make: push(`${LOCKED}/locked:1`, { registryAuth: { ...SIGN_IN, password: 'wrong' } }) },
  { what: 'a push to a registry that is not there', code: 'engine-error', make: push('localhost:9/down:1') },
  { what: 'a removal of an image in use', code: 'conflict', make: async bed => await removalInUse(bed) },
  { what: 'a push to where one may not', code: 'registry-denied', make: push(`${DENYING}/theirs:1`) },
  { what: 'a pull from where one may not', code: 'registry-denied', make: pull({ reference: `${DENYING}/theirs:2` }) },
  { what: 'a pull for a platform that the registry has not', code: 'not-found', make: pull({ reference: `${REGISTRY}/there:1`, platform: 'linux/s390x' }) },
  {
    what: 'a removal by id of an image with two names',
    code: 'conflict',
    async make (bed) {
      await tagged(bed, 'fault/two:1')
      const { body } = await bed.admin.get(bed.at(image(bed.image)))
      return await bed.admin.delete(bed.at(image(body.id)))
    }
  },
  { what: 'a load of what is no image', code: 'unprocessable', make: async bed => await bed.upload('POST', bed.at('/images/load'), tar([{ path: 'etc' }, { path: 'etc/motd', data: 'hello\n' }])) },
  { what: 'a load of an image without its layers', code: 'unprocessable', make: async bed => await bed.upload('POST', bed.at('/images/load'), tar([{ path: 'manifest.json', data: JSON.stringify([{ Config: 'config.json', RepoTags: ['fault/x:1'], Layers: ['layer.tar'] }]) }])) },
  { what: 'an import with an unknown instruction', code: 'invalid-input', make: async bed => await bed.upload('POST', bed.at('/images/import?changes=FOO+bar'), tar([{ path: 'etc' }])) },
  { what: 'images like a pattern that is none', code: 'invalid-input', unlike: { '28.5-containerd': 'taken', podman: 'taken' }, make: async ({ admin, at }) => await admin.get(at(`/images?reference=${encodeURIComponent('[')}`)) },
  { what: 'images made before none', code: 'not-found', make: async ({ admin, at }) => await admin.get(at('/images?before=no/such:1')) },

  { what: 'a build without a Dockerfile', code: 'invalid-input', make: async bed => await buildOf(bed, tar([{ path: 'etc' }]), {}) },
  { what: 'a Dockerfile that is not in the context', code: 'invalid-input', make: build('FROM BASE\n', { dockerfile: 'nope' }) },
  { what: 'a Dockerfile outside of the context', code: 'invalid-input', make: build('FROM BASE\n', { dockerfile: '../../etc/passwd' }) },
  { what: 'a Dockerfile at an absolute path', code: 'invalid-input', make: build('FROM BASE\n', { dockerfile: '/etc/passwd' }) },
  { what: 'an empty Dockerfile', code: 'unprocessable', make: build('') },
  { what: 'a Dockerfile with an unknown instruction', code: 'unprocessable', make: build('FROM BASE\nFOO bar\n') },
  { what: 'a Dockerfile without a base', code: 'unprocessable', make: build('RUN true\n') },
  { what: 'a base that is no reference', code: 'invalid-input', make: build('FROM a:b:c\n') },
  { what: 'a base that the registry has not', code: 'not-found', make: build(`FROM ${REGISTRY}/nothing:here\n`) },
  { what: 'a base that only some may pull', code: 'registry-denied', make: build(`FROM ${LOCKED}/locked:2\n`) },
  { what: 'a stage that is none', code: 'invalid-input', make: build('FROM BASE\n', { target: 'nope' }) },
  { what: 'a step that fails', code: 'unprocessable', make: build('FROM BASE\nRUN exit 7\n') },
  { what: 'a copy of what is not in the context', code: 'unprocessable', make: build('FROM BASE\nCOPY nope /\n') },
  { what: 'a copy from outside of the context', code: 'unprocessable', make: build('FROM BASE\nCOPY ../../etc/passwd /x\n') },
  { what: 'a build on an unknown network', code: 'not-found', unlike: { podman: 'unprocessable' }, make: build('FROM BASE\nRUN true\n', { networkMode: 'nope', noCache: true }) },
  { what: 'a build with a host that is no line', code: 'invalid-input', make: build('FROM BASE\nRUN true\n', { extraHosts: ['nope'], noCache: true }) },
  { what: 'a build with too little memory', code: 'invalid-input', unlike: { podman: 'unprocessable' }, make: build('FROM BASE\nRUN true\n', { memoryBytes: 1024, noCache: true }) }
]
