import { archiveOf } from '../../support/tars.js'
import type { Bed } from './bed.js'
import type { Fault } from './fault.js'

const files = (container: string, path: string, rest = '') => `/containers/${container}/files${rest}?path=${encodeURIComponent(path)}`
const LOOP = ['sh', '-c', 'ln -s loop /loop; exec sleep 600']
const archive = () => archiveOf({ name: 'x', data: 'x' })
const out = (path: string, spec?: object, rest = ''): Fault['make'] => async bed => await bed.admin.get(bed.at(files(await ready(bed, spec), path, rest)))
const into = (path: string, spec?: object): Fault['make'] => async bed => await bed.upload('PUT', bed.at(files(await ready(bed, spec), path)), archive())

/** Once what its command does first is done. */
async function ready (bed: Bed, spec?: object): Promise<string> {
  const id = await bed.running(spec)
  if (spec !== undefined && 'command' in spec) {
    for (let tries = 0; tries < 100 && (await bed.admin.post(bed.at(`/containers/${id}/exec`), { command: ['test', '-L', '/loop'] })).body?.exitCode !== 0; tries++);
  }
  return id
}

export const fileFaults: readonly Fault[] = [
  { what: 'copying out what is not there', code: 'not-found', make: out('/no/such') },
  { what: 'looking at what is not there', code: 'not-found', make: out('/no/such', undefined, '/stat') },
  { what: 'copying into what is not there', code: 'not-found', make: into('/no/such') },
  { what: 'copying out a file as a folder', code: 'invalid-input', make: out('/etc/passwd/') },
  { what: 'looking at a file as a folder', code: 'invalid-input', make: out('/etc/passwd/', undefined, '/stat') },
  { what: 'copying into a file', code: 'invalid-input', make: into('/etc/passwd') },
  { what: 'copying into a file as a folder', code: 'invalid-input', make: into('/etc/passwd/') },
  { what: 'copying out below a file', code: 'not-found', make: out('/etc/passwd/x') },
  { what: 'copying out through a loop of links', code: 'invalid-input', make: out('/loop/x', { command: LOOP }) },
  { what: 'looking through a loop of links', code: 'invalid-input', make: out('/loop/x', { command: LOOP }, '/stat') },
  { what: 'copying into a loop of links', code: 'invalid-input', make: into('/loop', { command: LOOP }) },
  { what: 'copying into a read-only root', code: 'conflict', make: into('/etc', { readonlyRootfs: true }) },
  { what: 'copying into a read-only volume', code: 'conflict', make: async bed => await into('/v', { binds: [`${bed.name()}:/v:ro`] })(bed) },
  {
    what: 'a file in place of a folder',
    code: 'conflict',
    make: async bed => await bed.upload('PUT', `${bed.at(files(await bed.running(), '/'))}&noOverwriteDirNonDir=true`, archiveOf({ name: 'etc', data: 'x' }))
  },
  { what: 'a tree that a file is in the way of', code: 'conflict', make: async bed => await bed.upload('PUT', bed.at(files(await bed.running(), '/etc')), archiveOf({ name: 'passwd/x', data: 'x' })) }
]
