import Type, { type Static } from 'typebox'
import { Bytes, Closed, Text } from './common.js'
import { EndReason, ErrorEvent } from './log.js'

export const ProgressEvent = Type.Object({
  type: Type.Literal('progress'),
  id: Type.Optional(Text('What it is about, e.g. a layer')),
  status: Text('What happens, in the engine\'s words'),
  current: Type.Optional(Bytes('How far it is')),
  total: Type.Optional(Bytes('How far it will go'))
}, { ...Closed, title: 'ProgressEvent' })
export type ProgressEvent = Static<typeof ProgressEvent>

export const ImageResult = Type.Object({
  id: Text('The image\'s full id, `sha256:…`'),
  reference: Type.Optional(Text('The reference that names it now')),
  digest: Type.Optional(Text('The digest the registry knows it by, `sha256:…`'))
}, { ...Closed, title: 'ImageResult' })

export const ImageEndEvent = Type.Object({
  type: Type.Literal('end'),
  reason: EndReason,
  result: Type.Optional(ImageResult)
}, { ...Closed, title: 'ImageEndEvent', description: 'The last item: the image that is there now' })

export const ImageStreamEvent = Type.Union([ProgressEvent, ImageEndEvent, ErrorEvent], { title: 'ImageStreamEvent' })
export type ImageStreamEvent = Static<typeof ImageStreamEvent>
