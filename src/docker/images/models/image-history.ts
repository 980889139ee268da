import Type, { type Static } from 'typebox'
import { inGraphql } from '../../../model/graphql-name.js'
import type { HistoryLayer } from '../../../engine/host/images.js'
import { Bytes, DateTime, Text, Texts } from '../../../engine/models/common.js'
import { createdOf } from './image.js'
import { closed } from '../../../model/objects.js'

export const ImageHistoryItem = Type.Object({
  id: Type.Optional(Text('The image that this step made, `sha256:…`; absent where this host has only its layer', inGraphql('imageId'))),
  createdAt: Type.Optional(DateTime('When; absent where the image does not say')),
  createdBy: Text('The instruction, as the builder wrote it down'),
  sizeBytes: Bytes('What it added'),
  comment: Text('What its maker said of it; empty when nothing'),
  tags: Texts('The references that name it')
}, { ...closed, title: 'ImageHistoryItem', description: 'One step of how an image was made' })

export const ImageHistory = Type.Object({
  items: Type.Array(ImageHistoryItem, { description: 'The steps, the last one first' })
}, { ...closed, title: 'ImageHistory', description: 'How an image was made' })

export const historyItem = ({ Id: id, Created, CreatedBy: createdBy, Size: sizeBytes, Comment: comment, Tags: tags }: HistoryLayer): Static<typeof ImageHistoryItem> => ({
  ...(id.startsWith('<') ? {} : { id }), // <missing>
  ...createdOf(Created),
  createdBy,
  sizeBytes,
  comment,
  tags: tags ?? []
})
