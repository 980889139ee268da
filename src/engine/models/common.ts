import Type, { type Static } from 'typebox'
import { closed, open } from '../../model/objects.js'

export const DateTime = (description: string) => Type.String({ format: 'date-time', description: `${description}; ISO 8601 UTC` })
/** What an engine has 64 bits for. What does not fit into JavaScript's numbers is told with all of its digits. */
export const Long = (description: string) => Type.Integer({ format: 'int64', description })
/** A count of bytes: can pass 2³¹. */
export const Bytes = (description: string) => Long(`${description}, in bytes`)
export const Count = (description: string) => Type.Integer({ minimum: 0, maximum: 2_147_483_647, description })
/** @param more what it says beside its words, such as another name for GraphQL */
export const Text = (description: string, more: object = {}) => Type.String({ description, ...more })
export const Texts = (description: string) => Type.Array(Type.String(), { description })
export const Flag = (description: string) => Type.Boolean({ description })
export const TextMap = (description: string) => Type.Record(Type.String(), Type.String(), { description })
/** The engine's own object, whatever its version has in it. */
export const Raw = Type.Object({}, { ...open, description: 'The engine\'s own object, as it gave it: its fields follow the engine\'s version' })

export const HostError = Type.Object({
  host: Text('The host that failed'),
  code: Text('The problem\'s code, e.g. `host-unreachable`'),
  detail: Text('What went wrong')
}, { ...closed, title: 'HostError', description: 'What one host could not give to a list' })

/** What a list of what hosts have answers. */
export const HostList = <S extends Parameters<typeof Type.Array>[0]>(title: string, item: S) => Type.Object({
  items: Type.Array(item, { description: 'What the hosts that answered have' }),
  errors: Type.Array(HostError, { description: 'A line for each host that failed' })
}, { ...closed, title, description: 'What the hosts that were asked have' })

export const Port = Type.Object({
  containerPort: Count('The port inside the container'),
  protocol: Text('`tcp`, `udp` or `sctp`'),
  hostIp: Type.Optional(Text('The address on the host; absent where the port is not published')),
  hostPort: Type.Optional(Count('The port on the host; absent where the port is not published'))
}, { ...closed, title: 'Port', description: 'A port of a container, published or only exposed' })

export type Port = Static<typeof Port>

export const PublishedPort = Type.Object({
  containerPort: Count('The port inside the container'),
  protocol: Text('`tcp`, `udp` or `sctp`'),
  hostIp: Text('The address on the host; `0.0.0.0` or `::` for all of them'),
  hostPort: Count('The port on the host')
}, { ...closed, title: 'PublishedPort', description: 'A port of a container that its host listens on' })

export type PublishedPort = Static<typeof PublishedPort>

export const Mount = Type.Object({
  type: Text('`bind`, `volume`, `tmpfs` …'),
  name: Type.Optional(Text('The volume\'s name')),
  source: Type.Optional(Text('Where it comes from: a path on the host')),
  target: Text('Where it is inside the container'),
  readOnly: Flag('Whether the container may only read it'),
  driver: Type.Optional(Text('The volume\'s driver')),
  mode: Type.Optional(Text('The options it was mounted with, e.g. `ro,z`')),
  propagation: Type.Optional(Text('Whether mounts made below it later are seen on the other side, e.g. `rprivate`'))
}, { ...closed, title: 'Mount', description: 'A mount of a container' })

/** Which hosts a list covers. */
export const hostsWanted = (HostName: ReturnType<typeof Type.String>) => Type.Optional(Type.Union(
  [HostName, Type.Array(HostName, { maxItems: 100 })],
  { description: 'The hosts to ask; all of them when absent' }
))

/** Words of one of the engine's list filters. */
export const filterWords = (description: string) => Type.Optional(Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 100, description }))

/** The engine's own reading: of several it spares only what has them all. */
export const labelNot = (what: string) => filterWords(`Spares ${what} with this label, \`key\` or \`key=value\`; of several, only what has all of them is spared, as engines have it`)

export const filterWord = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description }))

/** A duration as an input. */
export const seconds = (description: string, maximum = 3600) => Type.Optional(Type.Integer({ minimum: 0, maximum, description: `${description}, in seconds` }))

export const Platform = Type.String({ maxLength: 64, pattern: '^[a-z0-9]+(/[a-z0-9_]+){0,2}$', description: 'E.g. `linux/arm64`', 'x-expects': 'a platform such as "linux/amd64"' })

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined | null> }

/** Without what the engine left out, or has as null or an empty text. */
export const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== '')) as Present<T>
