import { accessSync, constants } from 'node:fs'
import { SettingError } from './config.js'
import { makePrivateDirectory } from './store/sqlite.js'

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file of that name',
  ENOTDIR: 'a part of that path is a file',
  EACCES: 'the gateway\'s user may not',
  EPERM: 'the gateway\'s user may not',
  EROFS: 'its file system can only be read',
  ENOSPC: 'its disk is full'
}

/**
 * Makes the data directory where it is not there yet.
 * @throws {SettingError} where it can't be one
 */
export function prepareDataDir (dataDir: string): void {
  try {
    makePrivateDirectory(dataDir)
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new SettingError('CAISSON_DATA_DIR', dataDir, `a directory that the gateway may make, or read and write: ${REASONS[code] ?? message}`)
  }
}
