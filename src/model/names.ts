/**
 * What may stand in a path of the engine's. Ids and names go there unescaped in most clients, and engines decode,
 * clean and redirect paths: whatever does not fit these patterns is refused before it comes that far.
 */
import Type from 'typebox'
import { named } from './choice.js'

const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const DOMAIN = `(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?`
const DIGEST = 'sha256:[0-9a-f]{64}'

/** As the engine's own grammar (distribution/reference): [domain/]path[:tag][@digest], or an id. */
export const imagePattern = `^(?:${DIGEST}|(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*(?::[\\w][\\w.-]{0,127})?(?:@${DIGEST})?)$`
/** A name to give: no digest, and nothing that looks like an id. */
const newNamePattern = `^(?!(?:sha256:)?[0-9a-f]{64}(?::|$))(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*(?::[\\w][\\w.-]{0,127})?$`
export const containerPattern = '^/?[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$'
/** Networks and volumes; engines take other names for networks as well, which are reached by their ids. */
export const objectPattern = '^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$'
export const hostPattern = '^[a-z0-9](?:[a-z0-9._-]{0,62})$'

export const HostName = Type.String({
  pattern: hostPattern,
  description: 'The name of a host, as `host.list` gives it',
  'x-expects': 'a host\'s name: lower-case letters, digits, ".", "_" and "-", 63 at most'
})

export const ContainerId = Type.String({
  pattern: containerPattern,
  description: 'A container: its id, its name, or a prefix of its id that no other has',
  'x-expects': 'a container\'s id or name: letters, digits, "_", "." and "-", 255 at most'
})

export const ContainerName = Type.String({
  pattern: containerPattern.replace('/?', ''),
  description: 'A container\'s name; where one is created and none is given, the engine makes one up',
  'x-expects': 'a name of letters, digits, "_", "." and "-", 255 at most, that starts with a letter or a digit'
})

const EXPECTED_NAME = 'letters, digits, "_", "." and "-", 255 at most, that start with a letter or a digit'

export const NetworkId = Type.String({
  pattern: objectPattern,
  description: 'A network: its id, its name, or a prefix of its id that no other has',
  'x-expects': `a network's id or name: ${EXPECTED_NAME}`
})

export const NetworkName = Type.String({
  pattern: objectPattern,
  description: 'A network\'s name',
  'x-expects': `a name of ${EXPECTED_NAME}`
})

export const VolumeName = Type.String({
  pattern: objectPattern,
  description: 'A volume\'s name',
  'x-expects': `a volume's name: ${EXPECTED_NAME}`
})

/** A signal by its name or number. */
export const signalInput = (description: string) => Type.Optional(Type.String({
  pattern: '^(?:SIG)?[A-Z][A-Z0-9+-]{1,15}$|^[1-9][0-9]?$',
  description: `${description}; by name or number, e.g. \`SIGHUP\`, \`HUP\` or \`1\``,
  'x-expects': 'a signal such as "SIGTERM", "TERM" or "15"'
}))

export const ImageReference = Type.String({
  ...named('ImageReference', 'A reference to an image, or its id'),
  pattern: imagePattern,
  maxLength: 512,
  description: 'An image: a reference such as `registry:5000/team/app:1.2` or `app@sha256:…`, or an id',
  'x-expects': 'an image reference such as "registry:5000/team/app:1.2", or an image id'
})

export const NewReference = (description: string) => Type.String({
  ...named('NewImageReference', 'A name for an image'),
  pattern: newNamePattern,
  maxLength: 384,
  description: `${description}, e.g. \`registry:5000/team/app:1.2\`; \`latest\` without a tag`,
  'x-expects': 'a name such as "registry:5000/team/app:1.2", in lower case and without a digest'
})

/** A reference without a digest, taken apart as Docker does: without a tag it is `latest`. */
export function nameAndTag (reference: string): [name: string, tag: string] {
  const [, name = reference, tag = 'latest'] = /^(.*?)(?::([\w][\w.-]*))?$/.exec(reference) ?? []
  return [name, tag]
}

/** Whether a reference has neither a tag nor a digest. */
export const isRepository = (reference: string): boolean => !/@|:[\w][\w.-]*$/.test(reference)

/** Ids that engines give to execs. */
export const ExecId = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'An exec: the `execId` that `container.exec` gave to you',
  'x-expects': 'an exec\'s id: 64 hexadecimal digits'
})

/** What a terminal's input is watched for. */
export const DetachKeys = Type.Optional(Type.String({
  maxLength: 64,
  pattern: '^(?:[!-+\\-.-~]|ctrl-[a-z@\\[\\\\\\]^_])(?:,(?:[!-+\\-.-~]|ctrl-[a-z@\\[\\\\\\]^_]))*$',
  description: 'The keys that end the attachment and leave the process running, `,` between them: characters or `ctrl-` and one of `a` to `z`, `@`, `[`, `\\`, `]`, `^`, `_`; `ctrl-p,ctrl-q` when absent. A key counts where it comes in a message of its own, as it does when it is typed. For terminals alone',
  'x-expects': 'keys such as "ctrl-p,ctrl-q"'
}))

/** The inputs that name one container on one host. */
export const ContainerRef = { host: HostName, id: ContainerId }
/** The inputs that name one exec on one host. */
export const ExecRef = { host: HostName, exec: ExecId }
/** The inputs that name one image on one host. */
export const ImageRef = { host: HostName, image: ImageReference }
/** The inputs that name one network on one host. */
export const NetworkRef = { host: HostName, network: NetworkId }
/** The inputs that name one volume on one host. */
export const VolumeRef = { host: HostName, volume: VolumeName }
