import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { cleanUp } from '../../../scripts/lib/cleanup.mjs'
import { capture } from '../../../scripts/lib/command.mjs'
import { unpackPackage } from '../../../scripts/lib/debian.mjs'

const PACKAGE = 'golang-github-docker-docker-dev'
const SOURCE = 'usr/share/gocode/src/github.com/docker/docker'

/** The engine's own source, as Debian has it beside the engine that the tests run. */
export interface EngineSource {
  readonly text: (file: string) => string
  /** The names in JSON of a struct's fields, those of structs in it included. */
  readonly fieldsOf: (file: string, struct: string) => string[]
  /** The names that a route reads of its query. */
  readonly queryOf: (file: string, from: string, to: string) => string[]
}

export async function engineSource (t: { teardown (undo: () => Promise<void>): unknown }): Promise<EngineSource> {
  t.teardown(cleanUp)
  const folder = await unpackPackage(PACKAGE) ?? await capture('apt-get', ['-q', 'update']).then(async () => await unpackPackage(PACKAGE))
  if (folder === undefined) throw new Error(`the engine's own list of fields is in Debian's package ${PACKAGE}, which apt-get could not download`)
  const text = (file: string) => readFileSync(join(folder, SOURCE, file), 'utf8')
  const fieldsOf = (file: string, struct: string): string[] => {
    const [, body] = new RegExp(`^type ${struct} struct {\n(.*?)^}`, 'ms').exec(text(file)) ?? []
    if (body === undefined) throw new Error(`${file} has no struct ${struct}; its folder has ${readdirSync(join(folder, SOURCE, file, '..')).join(', ')}`)
    return body.split('\n').flatMap(line => fieldIn(line, inner => fieldsOf(file, inner)))
  }
  const queryOf = (file: string, from: string, to: string) => {
    const whole = text(file)
    const part = whole.slice(whole.indexOf(from), whole.indexOf(to, whole.indexOf(from)))
    return [...new Set([...part.matchAll(/(?:FormValue\(|Form\[|BoolValue\(r, |BoolValueOrDefault\(r, |Int64ValueOrZero\(r, )"(\w+)"/g)].map(([, name = '']) => name))]
  }
  return { text, fieldsOf, queryOf }
}

function fieldIn (line: string, embedded: (struct: string) => string[]): string[] {
  const [, name, type, rest = ''] = /^\t(\w+)(?:\s+([^\s/][^\s]*))?(.*)$/.exec(line) ?? []
  if (name === undefined) return []
  if (type === undefined) return embedded(name)
  const [, json = ''] = /`json:"([^,"]*)/.exec(rest) ?? []
  return json === '-' ? [] : [json === '' ? name : json]
}
