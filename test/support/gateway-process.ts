import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { compiled } from '../../scripts/lib/compile.mjs'
import { root } from '../../scripts/lib/setup.mjs'
import { Client } from './client.js'
import { ADMIN_PASSWORD } from './gateway.js'

interface Teardown { teardown (undo: () => void): unknown }

/** The gateway as a process of its own, which can be killed. */
export async function startGatewayProcess (t: Teardown, { dataDir, hosts }: { readonly dataDir: string, readonly hosts: string }): Promise<{ child: ChildProcess, admin: Client }> {
  const env = { ...process.env, CAISSON_DATA_DIR: dataDir, CAISSON_ADMIN_PASSWORD: ADMIN_PASSWORD, CAISSON_LISTEN: '127.0.0.1:0', CAISSON_HOSTS: hosts }
  const child = spawn(process.execPath, [compiled(join(root, 'src/server.ts'))], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => { child.kill('SIGKILL') })
  let text = ''
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => { reject(new Error(`the gateway did not start: ${text}`)) })
    child.stdout.on('data', chunk => {
      text += String(chunk)
      const said = /"address":"(http:[^"]+)"/.exec(text)?.[1]
      if (said !== undefined) resolve(said)
    })
  })
  return { child, admin: await new Client(address).signIn('admin', ADMIN_PASSWORD) }
}
