// The terminal: a shell in a container, or the container's own process.
import './strict-styles.js'
import { Terminal } from './xterm.mjs'
import { FitAddon } from './addon-fit.mjs'
import { openChannel } from './channel.js'
import { ask } from './session.js'

const [title, state, shell, attach, leave] = ['terminal-title', 'terminal-state', 'shell', 'attach', 'leave'].map(id => document.getElementById(id))
const terminal = new Terminal({ cursorBlink: true, fontSize: 14, fontFamily: 'ui-monospace, monospace', theme: { background: '#0d1f2a', foreground: '#dfe9ee', cursor: '#f2b84b' } })
const fit = new FitAddon()
terminal.loadAddon(fit)

let container
let channel
/** Which container the terminal was opened for, and shows. */
let bound
/** What came of an earlier channel is of no interest any more. */
let turns = 0

export function showTerminal () {
  const screen = document.getElementById('screen')
  if (terminal.element === undefined) {
    terminal.open(screen)
    new ResizeObserver(() => fit.fit()).observe(screen)
  }
  fit.fit()
}

/** Which container the buttons are for; undefined: none. A terminal in another one is closed: what is typed next is not meant for it. */
export function choose (chosen) {
  container = chosen
  if (chosen !== undefined && bound !== undefined && (chosen.host !== bound.host || chosen.id !== bound.id)) close(bound)
  title.textContent = chosen === undefined ? 'Terminal' : `Terminal in ${chosen.name}`
  for (const button of [shell, attach]) button.disabled = chosen?.state !== 'running'
}

function close ({ name }) {
  leaveChannel()
  bound = undefined
  terminal.reset()
  state.textContent = `the terminal in ${name} was closed`
}

export function leaveChannel () {
  turns++
  channel?.close()
  channel = undefined
  leave.disabled = true
}

async function enter (open) {
  leaveChannel()
  const mine = turns
  bound = container
  terminal.reset()
  state.textContent = 'opening …'
  const told = {
    output: data => { if (mine === turns) terminal.write(data) },
    ended: words => { if (mine === turns) { leaveChannel(); state.textContent = words } }
  }
  try {
    const opened = await open(container, told)
    if (mine !== turns) { opened.close(); return }
    channel = opened
    state.textContent = 'open'
    leave.disabled = false
    channel.resize(terminal)
    terminal.focus()
  } catch (error) { if (mine === turns) state.textContent = error.message }
}

async function openShell ({ host, id }, told) {
  const { execId } = await ask('POST', `/hosts/${host}/containers/${id}/exec`, { command: ['sh'], env: { TERM: 'xterm-256color' }, interactive: true, tty: true })
  return await openChannel('exec.attach', { host, exec: execId }, told)
}

/** A process without a terminal can't be resized, ends its lines as files do and shows nobody what is typed; one without an input can't be written to. */
async function openOwn ({ host, id }, told) {
  const { tty, openStdin } = await ask('GET', `/hosts/${host}/containers/${id}`)
  terminal.options.convertEol = !tty
  const { write, writeBytes, resize, close } = await openChannel('container.attach', { host, id, logs: true }, told)
  const type = text => {
    terminal.write(text.replaceAll('\r', '\n'))
    write(text.replaceAll('\r', '\n'))
  }
  const nothing = () => {}
  return { write: !openStdin ? nothing : tty ? write : type, writeBytes: openStdin ? writeBytes : nothing, resize: tty ? resize : nothing, close }
}

shell.addEventListener('click', () => { terminal.options.convertEol = false; enter(openShell) })
attach.addEventListener('click', () => enter(openOwn))
leave.addEventListener('click', () => { leaveChannel(); state.textContent = 'left' })
terminal.onData(text => channel?.write(text))
// Reports of the mouse may have bytes that are no UTF-8: each character is one of them.
terminal.onBinary(text => channel?.writeBytes(Uint8Array.from(text, character => character.charCodeAt(0))))
terminal.onResize(size => channel?.resize(size))
