import Type from 'typebox'
import { Bytes, Count, Flag } from './common.js'
import { closed } from '../../model/objects.js'

/** Engines take an archive that ends between two entries for a whole one: a sender that died there would not be told otherwise. */
export const ReceivedTar = Type.Object({
  entries: Count('How many entries arrived: files, folders and links'),
  bytes: Bytes('Their data together, without headers'),
  unterminated: Flag('Whether the upload ended between two entries, without the two blocks of zeroes that end a tar: entries may be missing. What arrived was taken')
}, { ...closed, title: 'ReceivedTar', description: 'What arrived of an upload' })
