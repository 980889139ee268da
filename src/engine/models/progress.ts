import Type, { type Static, type TSchema } from 'typebox'
import { inGraphql } from '../../model/graphql-name.js'
import { Bytes, Text } from './common.js'
import { EndReason } from './log.js'
import { closed } from '../../model/objects.js'

export const ProgressEvent = Type.Object({
  type: Type.Literal('progress'),
  id: Type.Optional(Text('What it is about, e.g. a layer', inGraphql('partId'))),
  status: Text('What happens, in the engine\'s words'),
  current: Type.Optional(Bytes('How far it is')),
  total: Type.Optional(Bytes('How far it will go'))
}, { ...closed, title: 'ProgressEvent', description: 'How far a part of the work is' })
export type ProgressEvent = Static<typeof ProgressEvent>

export const StepEvent = Type.Object({
  type: Type.Literal('step'),
  text: Text('A line, without its end: what the engine does, or what a step of a build wrote')
}, { ...closed, title: 'StepEvent', description: 'A line of what the engine tells' })
export type StepEvent = Static<typeof StepEvent>

/** The last item of a transfer, with what it came to. */
export const endWith = <R extends TSchema>(title: string, description: string, result: R) => Type.Object({
  type: Type.Literal('end'),
  reason: EndReason,
  result: Type.Optional(result)
}, { ...closed, title, description: `The last item: ${description}` })
