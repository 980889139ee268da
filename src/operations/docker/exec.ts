import Type from 'typebox'
import { operation, value } from '../../operation/define.js'
import { TEXT_BYTES, execInContainer } from '../../docker/containers/exec.js'
import { caller } from '../caller.js'
import { execLimits } from '../../docker/limits/evaluate.js'

import { bareName } from '../../docker/containers/container-name.js'
import { ExecResult, OutputEncoding } from '../../docker/containers/models/exec.js'
import { ContainerRef, DetachKeys } from '../../model/names.js'
import { ABSOLUTE } from '../../docker/spec/closed-sets.js'
import { containerObject } from '../../docker/targets.js'
import { closed } from '../../model/objects.js'
import { NAMES_NOTHING_ELSE } from '../../operation/none.js'
import { none } from '../../authorization/authorization-spec.js'

const flag = (description: string) => Type.Optional(Type.Boolean({ default: false, description: `${description}; default false` }))
const text = (description: string, rest: object = {}) => Type.Optional(Type.String({ maxLength: 4096, description, ...rest }))

export const execOperations = [
  operation({
    name: 'container.exec',
    summary: 'Run a command in a running container',
    description: `Answers when the command has ended, with its exit code and what it wrote; the first 1 MiB of each output is kept.
A caller that leaves ends the command, as \`timeoutSeconds\` do: every process that inherited the command's environment is asked to end (TERM) and killed two seconds later. Engines can't do that, so that it is done through a second exec by the same user, which needs \`sh\` in the image; for that the command has a variable \`CAISSON_EXEC\` in its environment. Processes that changed their user or emptied their environment are not found.
With \`interactive\` the command waits to be attached to, within an hour, and the answer is its id alone; \`exec.attach\` starts it. The id is good for you and for nobody else.`,
    class: 'exec',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/exec',
    // A JSON text may need six bytes for one of the input's.
    bodyBytes: 8 * TEXT_BYTES,
    input: Type.Object({
      ...ContainerRef,
      command: Type.Array(Type.String({ maxLength: 131_072, 'x-expects': 'a text of 131072 characters at most' }), {
        minItems: 1, maxItems: 10_000, description: 'The command and its arguments, as they are: no shell reads them. They are in the journal', 'x-expects': 'a command and its arguments'
      }),
      env: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), {
        description: 'Environment variables beside the container\'s; null takes one away',
        propertyNames: { pattern: '^[^=\\u0000]+$', 'x-expects': 'a map whose names have no "=" and no NUL, and are not empty' }
      })),
      user: text('`user`, `user:group`, or their numbers; the container\'s when absent'),
      workingDir: text('The working directory, an absolute path; the container\'s when absent', ABSOLUTE),
      tty: flag('Give it a terminal: both outputs are then one, with CR LF at the end of lines'),
      privileged: flag('Give it all rights on the host'),
      interactive: flag('Answer the id of an exec that somebody attaches to; without `stdin`, `timeoutSeconds` and `encoding`'),
      detachKeys: DetachKeys,
      stdin: Type.Optional(Type.String({ maxLength: TEXT_BYTES, 'x-data': true, description: 'Its standard input, 1 MiB at most, then its end. A terminal has no such end: there, close the text with U+0004' })),
      encoding: Type.Optional(OutputEncoding),
      timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400, description: 'How long it may take before it is ended, in seconds; as long as the caller waits when absent' }))
    }, closed),
    output: value(ExecResult),
    target: 'container',
    limits: {
      ...execLimits,
      unlimited: {
        interactive: 'it says when the call is answered',
        stdin: 'what a command reads takes nothing more of the host',
        encoding: 'it says how the answer is written',
        timeoutSeconds: 'it can only end the command sooner'
      }
    },
    creates: 'exec',
    failures: { conflict: 'The container does not run, or is paused', 'not-found': 'There is no such container, or it was removed before the command began' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: none('an exec has no labels: its owner is in the store'),
    redact: none('whoever may exec may read what the command writes'),
    audit: ['host', 'id', 'command', 'user', 'workingDir', 'tty', 'privileged', 'interactive', 'timeoutSeconds', 'detachKeys', 'encoding'],
    example: { host: 'local', id: 'caisson-example', command: ['cat'], stdin: 'hello\n', timeoutSeconds: 10 },
    async handler ({ host, id: _, ...options }, context) {
      const { hosts, execs, signal, target } = context
      const { interactive = false, tty = false, detachKeys } = options
      const owner = { host, ownerId: caller(context).id, terminal: tty, detachKeys }
      const container = containerObject(target)
      return await execInContainer({ host: hosts.get(host), container }, options, signal, async exec => {
        context.created({ id: exec.execId, name: bareName(container.Name) })
        await execs.add({ ...exec, ...owner }, { started: !interactive })
      })
    }
  })
]
