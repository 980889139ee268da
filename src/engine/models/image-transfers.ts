/** What pull, push, import, load and build tell as they go, and how they end. */
import Type, { type Static, type TSchema } from 'typebox'
import { Bytes, Text, Texts } from './common.js'
import { ErrorEvent } from './log.js'
import { ProgressEvent, StepEvent, endWith } from './progress.js'
import { ReceivedTar } from './received-tar.js'
import { closed } from '../../model/objects.js'

const digest = Type.Optional(Text('The digest that the registry knows it by, `sha256:…`'))

const stream = <E extends TSchema>(title: string, end: E) => Type.Union([ProgressEvent, StepEvent, end, ErrorEvent], { title, description: 'What is told of the work as it goes on' })

export const PulledTag = Type.Object({ tag: Text('The tag'), digest }, { ...closed, title: 'PulledTag', description: 'One tag of several that were pulled' })
export type PulledTag = Static<typeof PulledTag>

export const PullResult = Type.Object({
  reference: Text('What was asked for'),
  id: Type.Optional(Text('The image\'s full id, `sha256:…`; absent with `allTags`')),
  digest,
  tags: Type.Optional(Type.Array(PulledTag, { description: 'With `allTags`: every tag that the repository has' }))
}, { ...closed, title: 'PullResult', description: 'What a pull brought' })
export type PullResult = Static<typeof PullResult>

export const PushedTag = Type.Object({
  tag: Text('The tag'),
  digest: Text('The digest that the registry knows it by, `sha256:…`'),
  sizeBytes: Bytes('The size of its manifest')
}, { ...closed, title: 'PushedTag', description: 'One tag that the registry has now' })
export type PushedTag = Static<typeof PushedTag>

export const PushResult = Type.Object({
  reference: Text('What was pushed'),
  tag: Type.Optional(Text('Its tag; absent with `allTags`')),
  digest,
  sizeBytes: Type.Optional(Bytes('The size of its manifest')),
  tags: Type.Optional(Type.Array(PushedTag, { description: 'With `allTags`: every tag that was pushed' }))
}, { ...closed, title: 'PushResult', description: 'What the registry has now' })
export type PushResult = Static<typeof PushResult>

export const ImportResult = Type.Object({
  id: Text('The image\'s full id, `sha256:…`'),
  reference: Type.Optional(Text('The name it was given')),
  upload: ReceivedTar
}, { ...closed, title: 'ImportResult', description: 'The image that was made' })

export const BuildResult = Type.Object({
  id: Text('The image\'s full id, `sha256:…`'),
  tags: Texts('The names it was given'),
  upload: ReceivedTar
}, { ...closed, title: 'BuildResult', description: 'The image that was built' })

export const LoadResult = Type.Object({
  images: Texts('What was loaded: the images\' names, and the ids, `sha256:…`, of those without one'),
  upload: ReceivedTar
}, { ...closed, title: 'LoadResult', description: 'What the archive held' })

export const PullStreamEvent = stream('PullStreamEvent', endWith('PullEndEvent', 'the image that is there now', PullResult))
export const PushStreamEvent = stream('PushStreamEvent', endWith('PushEndEvent', 'what the registry has now', PushResult))
export const ImportStreamEvent = stream('ImportStreamEvent', endWith('ImportEndEvent', 'the image that was made', ImportResult))
export const BuildStreamEvent = stream('BuildStreamEvent', endWith('BuildEndEvent', 'the image that was built', BuildResult))
export const LoadStreamEvent = stream('LoadStreamEvent', endWith('LoadEndEvent', 'what was loaded', LoadResult))
export type PullStreamEvent = Static<typeof PullStreamEvent>
export type PushStreamEvent = Static<typeof PushStreamEvent>
export type ImportStreamEvent = Static<typeof ImportStreamEvent>
export type BuildStreamEvent = Static<typeof BuildStreamEvent>
export type LoadStreamEvent = Static<typeof LoadStreamEvent>
