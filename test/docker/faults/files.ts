import { archiveOf } from '../../support/tars.js'
import type { Bed } from './bed.js'
import type { Fault } from './fault.js'

const files = (container: string, path: string, rest = '') => `/containers/${container}/files${rest}?path=${encodeURIComponent(path)}`
const archive = () => archiveOf({ name: 'x', data: 'x' })
type Where = (bed: Bed) => Promise<string>
const idle: Where = async bed => await bed.idle()
const looping: Where = async bed => await bed.looping()
const out = (path: string, where = idle, rest = ''): Fault['make'] => async bed => await bed.admin.get(bed.at(files(await where(bed), path, rest)))
const into = (path: string, where = idle): Fault['make'] => async bed => await bed.upload('PUT', bed.at(files(await where(bed), path)), archive())

export const fileFaults: readonly Fault[] = [
  { what: 'copying out what is not there', code: 'not-found', make: out('/no/such') },
  { what: 'looking at what is not there', code: 'not-found', make: out('/no/such', idle, '/stat') },
  { what: 'copying into what is not there', code: 'not-found', unlike: { podman: 'taken' }, make: into('/no/such') },
  { what: 'copying out a file as a folder', code: 'invalid-input', unlike: { podman: 'taken' }, make: out('/etc/passwd/') },
  { what: 'looking at a file as a folder', code: 'invalid-input', unlike: { podman: 'taken' }, make: out('/etc/passwd/', idle, '/stat') },
  { what: 'copying into a file', code: 'invalid-input', make: into('/etc/passwd') },
  { what: 'copying into a file as a folder', code: 'invalid-input', make: into('/etc/passwd/') },
  { what: 'copying out below a file', code: 'not-found', make: out('/etc/passwd/x') },
  { what: 'copying out through a loop of links', code: 'invalid-input', unlike: { podman: 'not-found' }, make: out('/loop/x', looping) },
  { what: 'looking through a loop of links', code: 'invalid-input', unlike: { podman: 'not-found' }, make: out('/loop/x', looping, '/stat') },
  { what: 'copying into a loop of links', code: 'invalid-input', make: into('/loop', looping) },
  { what: 'copying into a read-only root', code: 'conflict', make: into('/etc', async bed => await bed.running({ readonlyRootfs: true })) },
  { what: 'copying into a read-only volume', code: 'conflict', make: into('/v', async bed => await bed.running({ binds: [`${bed.name()}:/v:ro`] })) },
  {
    what: 'a file in place of a folder',
    code: 'conflict',
    make: async bed => await bed.upload('PUT', `${bed.at(files(await bed.idle(), '/'))}&noOverwriteDirNonDir=true`, archiveOf({ name: 'etc', data: 'x' }))
  },
  { what: 'a tree that a file is in the way of', code: 'conflict', make: async bed => await bed.upload('PUT', bed.at(files(await bed.idle(), '/etc')), archiveOf({ name: 'passwd/x', data: 'x' })) }
]
