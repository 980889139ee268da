// The live log of one container.
import { openSocket } from './session.js'

/** Lines that are shown; older ones go. */
const LINES = 2000

const lines = document.getElementById('lines')
const state = document.getElementById('log-state')
let follows = 0

/** Shows the log of a container, instead of whichever was shown; what it gives back ends that. */
export async function showLog ({ host, id, name }) {
  const mine = ++follows
  document.getElementById('log-title').textContent = `Log of ${name}`
  lines.replaceChildren()
  state.textContent = ''
  const socket = await openSocket('container.logs', { host, id, follow: true, tail: '200' })
  if (mine !== follows) socket.close()
  socket.addEventListener('message', ({ data }) => { if (mine === follows) show(JSON.parse(data)) })
  socket.addEventListener('close', ({ code, reason }) => { if (mine === follows && state.textContent === '') state.textContent = reason || `closed with ${code}` })
  return () => { if (mine === follows) follows++; socket.close() }
}

function show (event) {
  if (event.type === 'log') add(event.text, event.stream)
  else if (event.type === 'dropped') add(`… ${event.count ?? 'some'} lines are missing`, 'note')
  else if (event.type === 'end') state.textContent = event.exitCode === undefined ? event.reason : `${event.reason} ${event.exitCode}`
  else state.textContent = event.problem.detail
}

function add (text, kind) {
  const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40
  const line = document.createElement('div')
  line.className = kind
  line.textContent = text === '' ? ' ' : text
  lines.append(line)
  if (lines.childElementCount > LINES) lines.firstElementChild.remove()
  if (atEnd) lines.scrollTop = lines.scrollHeight
}
