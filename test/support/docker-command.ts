import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Said { readonly out: string, readonly refusal?: string }

export interface DockerCommand {
  /** Where it reads its configuration, and a test may put files for it. */
  readonly folder: string
  (...words: string[]): Promise<Said>
}

/** The real `docker` command, straight on an engine. */
export async function dockerCommand (t: { teardown (undo: () => Promise<void>): unknown }, engine: { socketPath: string }): Promise<DockerCommand> {
  const folder = await mkdtemp(join(tmpdir(), 'caisson-command-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  const env = { ...process.env, DOCKER_HOST: `unix://${engine.socketPath}`, DOCKER_CONFIG: folder, DOCKER_CLI_EXPERIMENTAL: 'enabled' }
  return Object.assign(async (...words: string[]): Promise<Said> => {
    try {
      return { out: (await run('docker', words, { env })).stdout.trim() }
    } catch (error) {
      return { out: '', refusal: String((error as { stderr?: unknown }).stderr) }
    }
  }, { folder })
}

/** What must succeed for a test to begin. */
export async function succeeding (said: Promise<Said>): Promise<string> {
  const { out, refusal } = await said
  if (refusal !== undefined) throw new Error(`the docker command failed: ${refusal}`)
  return out
}

/** The options that a command's `--help` tells of. */
export const optionsIn = (help: string): string[] => [...help.matchAll(/^ +(?:-\w, )?--([a-z0-9-]+)/gm)].map(([, name = '']) => name)

/** The options among the words of a command line; `short` says what a letter stands for. */
export const optionsOf = (words: readonly string[], short: Readonly<Record<string, string>> = {}): string[] => words.flatMap(word => {
  const [, long] = /^--([a-z0-9-]+)/.exec(word) ?? []
  return [long ?? short[word.slice(1)] ?? ''].filter(name => name !== '')
})

/** Without the words around the engine's, line breaks, and ids that differ. */
export const bareWords = (text = ''): string => text.replaceAll(/\s+/g, ' ').replaceAll(/[0-9a-f]{64}|-\d+/g, 'ID').trim()
