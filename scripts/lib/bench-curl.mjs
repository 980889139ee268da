// The client of the benchmark's transfers: curl, as anybody would use it, and the same towards every side.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const TAIL_CHARACTERS = 2000

/** @typedef {{ port?: number, socketPath?: string, path: string, headers?: Record<string, string> }} Target */
/** @typedef {{ what: string, method: string, file?: string }} Call `file`: what is sent */

/**
 * A whole transfer, from the start of the client to its end.
 * @param {Target} target @param {Call} call @param {number} leastBytes of a download
 * @returns {Promise<number>} how long it took, in ms
 */
export async function timed (target, { what, method, file }, leastBytes) {
  const begun = performance.now()
  // Nobody's own settings or proxy. An upload's answer is its progress, and may end with an error; a download is read and thrown away.
  const child = spawn('curl', ['--disable', '--noproxy', '*', '--silent', '--show-error', '--config', '-', ...file === undefined ? ['--output', '/dev/null'] : []], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  child.stdin.end(configOf(target, method, file))
  const [answer, words] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await ended
  const ms = performance.now() - begun
  const [, status = 0, bytes = 0] = (/status (\d+) bytes (\d+)$/.exec(words) ?? []).map(Number)
  if (code !== 0 || status < 200 || status >= 300 || /"error"|"type":"error"/.test(answer.slice(-TAIL_CHARACTERS))) throw new Error(`${what}: ${words} ${answer.slice(-TAIL_CHARACTERS)}`)
  if (file === undefined && bytes < leastBytes) throw new Error(`${what}: only ${bytes} bytes`)
  return ms
}

/** Its headers are not for the list of processes. @param {Target} target @param {string} method @param {string} [file] */
function configOf ({ port = 80, socketPath, path, headers = {} }, method, file) {
  const type = file === undefined ? {} : { 'content-type': 'application/x-tar' }
  const options = [
    ['url', `http://127.0.0.1:${port}${path}`],
    ['request', method],
    ...socketPath === undefined ? [] : [['unix-socket', socketPath]],
    ...file === undefined ? [] : [['upload-file', file]],
    ...Object.entries({ ...headers, ...type }).map(([name, value]) => ['header', `${name}: ${value}`]),
    ['write-out', '%{stderr}status %{http_code} bytes %{size_download}']
  ]
  return options.map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`).join('')
}
