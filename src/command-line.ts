import type { TSchema } from 'typebox'
import { settings } from './config.js'
import { version } from './lib/version.js'

/** What was asked for on the command line besides serving: a text to print, or a word that nobody knows. */
export type CommandLine = { readonly text: string } | { readonly unknown: string } | undefined

export function parseCommandLine (words: readonly string[]): CommandLine {
  const [word] = words
  if (word === undefined) return undefined
  if (word === '--version' || word === '-v') return { text: version }
  if (word === '--help' || word === '-h') return { text: help() }
  return { unknown: `${JSON.stringify(word)} is not an option; the options are --help and --version, and settings are environment variables` }
}

const help = (): string => `Caisson ${version}: one way in to a team's Docker hosts, over REST, GraphQL and WebSocket.

  npm start                        serves until SIGTERM or Ctrl-C
  npm start -- --help, --version   this text; the version
  npm run audit:verify             checks the journal

Settings are environment variables:

${Object.entries(settings).map(settingLine).join('\n')}

README.md says more; a gateway that runs shows its operations at /docs.`

function settingLine ([name, schema]: [string, TSchema & { description?: string, default?: string, enum?: readonly string[] }]): string {
  const values = schema.enum === undefined ? '' : `: ${schema.enum.join(', ')}`
  const usual = schema.default === undefined || schema.default === '' ? '' : ` [${schema.default}]`
  return `  ${name}${usual}\n      ${schema.description ?? ''}${values}`
}
