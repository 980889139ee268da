/**
 * Writes a client with every generator, each called as its own documentation has it, into a folder of its name.
 *
 *   node --import tsx test/support/generators/generate.ts DOCUMENT FOLDER URL
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient } from '@hey-api/openapi-ts'
import { safeBuild } from '@kubb/core'
import { pluginClient } from '@kubb/plugin-client'
import { pluginOas } from '@kubb/plugin-oas'
import { pluginTs } from '@kubb/plugin-ts'
import { generateSource } from 'oazapfts'
import openapiTS, { astToString } from 'openapi-typescript'
import { generate as orval } from 'orval'

const generators: Readonly<Record<string, (input: string, folder: string, url: string) => Promise<unknown>>> = {
  'hey-api': async (input, path) => await createClient({ input, output: path, plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'], logs: { level: 'silent', file: false } }),

  async kubb (path, folder) {
    const plugins = [pluginOas({ generators: [] }), pluginTs({ output: { path: 'types' } }), pluginClient({ output: { path: 'clients' }, client: 'fetch', bundle: true })]
    // It writes into the working directory as well, whatever its root is.
    process.chdir(folder)
    const { error, failedPlugins } = await safeBuild({ config: { root: folder, input: { path }, output: { path: '.' }, plugins } })
    if (error !== undefined || failedPlugins.size > 0) throw new Error('kubb failed', { cause: error ?? [...failedPlugins] })
  },

  oazapfts: async (input, folder) => await writeFile(join(folder, 'client.ts'), await generateSource(input)),

  'openapi-typescript': async (input, folder) => await writeFile(join(folder, 'paths.ts'), astToString(await openapiTS(pathToFileURL(input)))),

  orval: async (target, folder, baseUrl) => await orval({
    input: { target },
    output: { target: join(folder, 'client.ts'), schemas: join(folder, 'model'), client: 'fetch', baseUrl }
  })
}

const [document = '', folder = '', url = ''] = process.argv.slice(2)
for (const [name, generate] of Object.entries(generators)) {
  await mkdir(join(folder, name), { recursive: true })
  await generate(document, join(folder, name), url)
}
