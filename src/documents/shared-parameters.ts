import { pascal } from '../model/type-names.js'
import { mapValues, sorted, type JsonObject } from './json.js'

export type Paths = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>

interface Use { readonly parameter: JsonObject, count: number, /** The first operation that has it. */ readonly by: string }

/**
 * Parameters that several operations have alike, once under `components.parameters`: by their own name and
 * place where none of those is more frequent, and else with the name of the first operation before it.
 */
export function sharedParameters (paths: Paths): { paths: Paths, parameters: JsonObject } {
  const names = new Map<string, string>()
  const shared = new Map<string, JsonObject>()
  for (const [text, { parameter, by }] of frequent(paths)) {
    const own = pascal(String(parameter.name), String(parameter.in))
    const name = shared.has(own) ? pascal(by, own) : own
    names.set(text, name)
    shared.set(name, parameter)
  }
  const referred = (parameter: JsonObject): JsonObject => {
    const name = names.get(JSON.stringify(parameter))
    return name === undefined ? parameter : { $ref: `#/components/parameters/${name}` }
  }
  const told = (operation: JsonObject): JsonObject => 'parameters' in operation ? { ...operation, parameters: parametersOf(operation).map(referred) } : operation
  return { paths: mapValues(paths, path => mapValues(path, told)), parameters: sorted(shared) }
}

const parametersOf = ({ parameters = [] }: JsonObject): readonly JsonObject[] => parameters as readonly JsonObject[]

/** What more than one operation has, the most frequent first. */
function frequent (paths: Paths): Array<readonly [string, Use]> {
  const uses = new Map<string, Use>()
  for (const operation of Object.values(paths).flatMap(path => Object.values(path))) {
    for (const parameter of parametersOf(operation)) {
      const text = JSON.stringify(parameter)
      const use = uses.get(text)
      if (use === undefined) uses.set(text, { parameter, count: 1, by: String(operation.operationId) })
      else use.count++
    }
  }
  return [...uses].filter(([, { count }]) => count > 1).sort(([, a], [, b]) => b.count - a.count)
}
