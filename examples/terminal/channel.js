// channel.caisson.v1: the first byte of a message says what it is.
import { openSocket } from './session.js'

const KIND = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4 }
const utf8 = new TextEncoder()

/**
 * Opens a channel.
 * @param {string} operation `exec.attach` or `container.attach`
 * @param {object} input
 * @param {{ output: (data: Uint8Array) => void, ended: (words: string) => void }} told
 */
export async function openChannel (operation, input, told) {
  const socket = await openSocket(operation, input, ['channel.caisson.v1'])
  let last = {}
  socket.addEventListener('message', ({ data }) => {
    const bytes = new Uint8Array(data)
    if (bytes[0] === KIND.status) last = JSON.parse(new TextDecoder().decode(bytes.subarray(1)))
    else told.output(bytes.subarray(1))
  })
  socket.addEventListener('close', event => told.ended(wordsOf(last, event)))
  const send = (kind, bytes) => { if (socket.readyState === WebSocket.OPEN) socket.send(Uint8Array.of(kind, ...bytes)) }
  await new Promise(resolve => { for (const event of ['open', 'close']) socket.addEventListener(event, resolve) })
  return {
    write: text => send(KIND.stdin, utf8.encode(text)),
    writeBytes: bytes => send(KIND.stdin, bytes),
    resize: ({ cols: columns, rows }) => send(KIND.resize, utf8.encode(JSON.stringify({ columns, rows }))),
    close: () => socket.close()
  }
}

/** A browser does not show why an upgrade was refused. */
function wordsOf ({ exitCode, reason, problem }, { code, reason: words }) {
  if (problem !== undefined) return problem.detail
  if (reason !== undefined) return reason
  if (exitCode !== undefined) return `exit ${exitCode}`
  if (code === 1005) return 'left'
  return words || (code === 1006 ? 'the connection was refused or lost' : `closed with ${code}`)
}
