import type { FastifyRequest } from 'fastify'
import type { Ticket } from '../auth/tickets.js'
import { invalidInput, type Fault } from '../lib/errors.js'
import { inputPlace, pathNames, takesInputHeader, type AnyOperation } from '../operation/define.js'
import { TICKET } from '../operation/registry.js'

type Fields = { [name: string]: unknown }
/** What this adapter looks at in a JSON Schema. */
interface Shape { type?: string, properties?: Record<string, Shape>, patternProperties?: Record<string, Shape>, items?: Shape, anyOf?: Shape[] }

/** The header that may carry any input of an upload, and secrets of what has no body: base64url of a JSON object. */
export const INPUT_HEADER = 'caisson-input'

/**
 * The flat input of a REST call: names of the path template from the path, the rest from the query or the body.
 * Texts are read by the schema's types; what can't be read is left for `invoke()` to refuse.
 */
export function inputOf (operation: AnyOperation, path: string, request: FastifyRequest): Fields {
  if (request.ticket !== null) return inputOfTicket(operation, request.ticket, request)
  const properties = (operation.input as Shape).properties ?? {}
  const fromPath = Object.fromEntries(Object.entries(request.params as Record<string, string>).map(([name, text]) => [name, readText(properties[name], [text], 'path')]))
  const rest = inputPlace(operation) === 'body' ? bodyOf(operation, request) : queryOf(operation, properties, request)
  refuseTwice(operation, path, rest)
  return { ...rest, ...fromPath, ...resumption(properties, request) }
}

/** A ticket brings its inputs along: whatever else came with it would be a second word on the same thing. */
function inputOfTicket ({ name, upload }: AnyOperation, { input }: Ticket, { query, headers, body }: FastifyRequest): Fields {
  const faults: Fault[] = Object.keys(query as object).filter(name => name !== TICKET).map(name => ({ path: `/${name}`, message: 'may not stand beside a ticket' }))
  if (headers[INPUT_HEADER] !== undefined) faults.push({ path: '', message: `may not be in the header ${INPUT_HEADER} beside a ticket` })
  if (upload === undefined && body !== undefined && body !== null) faults.push({ path: '', message: 'may not be in a body beside a ticket' })
  if (faults.length > 0) throw invalidInput(`the inputs of ${name} were named when the ticket was made: send nothing beside it`, faults)
  return JSON.parse(input) as Fields
}

function bodyOf (operation: AnyOperation, { body, query }: FastifyRequest): Fields {
  const strays = Object.keys(query as object)
  if (strays.length > 0) throw invalidInput(`${operation.name} takes its inputs in the body, not in the query`, strays.map(name => ({ path: `/${name}`, message: 'belongs in the body' })))
  if (body === undefined || body === null) return {}
  if (typeof body !== 'object' || Array.isArray(body)) throw invalidInput(`the body of ${operation.name} must be a JSON object`, [{ path: '', message: 'must be an object' }])
  return { ...body }
}

function queryOf (operation: AnyOperation, properties: Record<string, Shape>, request: FastifyRequest): Fields {
  const query = Object.entries(request.query as Record<string, string | string[]>)
  const secrets = query.filter(([name]) => operation.secret?.includes(name))
  if (secrets.length > 0) throw invalidInput(`secrets are never taken from a query: send them in the header ${INPUT_HEADER}`, secrets.map(([name]) => ({ path: `/${name}`, message: 'may not stand in a query' })))
  const fields = Object.fromEntries(query.map(([name, texts]) => [name, readText(properties[name], [texts].flat(), 'query')]))
  const header = takesInputHeader(operation) ? headerOf(operation, request) : {}
  const both = Object.keys(header).filter(name => name in fields)
  if (both.length > 0) throw invalidInput('an input is given twice', both.map(name => ({ path: `/${name}`, message: `is in the query and in ${INPUT_HEADER}` })))
  return { ...fields, ...header }
}

function headerOf (operation: AnyOperation, { headers }: FastifyRequest): Fields {
  const text = headers[INPUT_HEADER]
  if (text === undefined) return {}
  try {
    const fields: unknown = JSON.parse(Buffer.from(String(text), 'base64url').toString('utf8'))
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return { ...fields }
  } catch {}
  throw invalidInput(`the header ${INPUT_HEADER} of ${operation.name} must be base64url of a JSON object`)
}

/** The path names what a call is about; the body may not name another. */
function refuseTwice (operation: AnyOperation, path: string, rest: Fields): void {
  const faults: Fault[] = pathNames(path).filter(name => name in rest).map(name => ({ path: `/${name}`, message: 'is given by the path' }))
  if (faults.length > 0) throw invalidInput(`${operation.name}: an input is given by the path already`, faults)
}

/** An EventSource goes on behind the last id it saw, by itself. */
function resumption (properties: Record<string, Shape>, { headers }: FastifyRequest): Fields {
  const last = headers['last-event-id']
  return 'after' in properties && typeof last === 'string' && last !== 'end' ? { after: last } : {}
}

/** One input from its texts: arrays repeat, maps repeat as `key=value`, booleans are `true` or `false`, also as `1`, `0`, `True`. */
function readText (shape: Shape | undefined, texts: string[], place: 'path' | 'query'): unknown {
  const wanted = shape?.anyOf === undefined ? shape : shape.anyOf.find(({ type }) => (type === 'array') === (place === 'query')) ?? shape.anyOf[0]
  if (wanted?.type === 'array') return texts.map(text => readScalar(wanted.items, text))
  if (wanted?.patternProperties !== undefined) return readMap(texts)
  return texts.length === 1 ? readScalar(wanted, texts[0] ?? '') : texts
}

function readScalar (shape: Shape | undefined, text: string): unknown {
  if (shape?.type === 'boolean') return TRUTH.get(text.toLowerCase()) ?? text
  if ((shape?.type === 'integer' || shape?.type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  return text
}

/** As Docker's own clients write it: `1` of the docker command, `True` of docker-py. */
const TRUTH = new Map([['true', true], ['1', true], ['false', false], ['0', false]])

const readMap = (texts: string[]): Record<string, string> => Object.fromEntries(texts.map(text => {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}))
