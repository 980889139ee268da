import { showLog } from './log.js'
import { ask, signIn, signOut } from './session.js'
import { choose, leaveChannel, showTerminal } from './shell.js'

/** How often the list is read anew. */
const REFRESH_MS = 5000

const [form, out, status, work, list] = ['sign-in', 'sign-out', 'status', 'work', 'containers'].map(id => document.getElementById(id))
let chosen
let endLog = () => {}
let timer

form.addEventListener('submit', async event => {
  event.preventDefault()
  const { username, password } = Object.fromEntries(new FormData(form))
  try {
    await signIn(username, password)
    form.reset()
    enter(username)
  } catch (error) { status.textContent = error.message }
})

out.addEventListener('click', async () => {
  clearInterval(timer)
  leaveChannel()
  endLog()
  select(undefined)
  work.hidden = out.hidden = true
  form.hidden = false
  list.replaceChildren()
  status.textContent = 'Signed out.'
  await signOut().catch(error => { status.textContent = error.message })
})

function enter (username) {
  form.hidden = true
  work.hidden = out.hidden = false
  status.textContent = `Signed in as ${username}.`
  showTerminal()
  refresh()
  timer = setInterval(refresh, REFRESH_MS)
}

async function refresh () {
  try {
    const { items, errors } = await ask('GET', '/containers?all=true')
    if (work.hidden) return
    list.replaceChildren(...items.sort((a, b) => a.name < b.name ? -1 : 1).map(row), ...errors.map(failed))
    choose(items.find(isChosen))
  } catch (error) { status.textContent = error.message }
}

const isChosen = ({ host, id }) => host === chosen?.host && id === chosen?.id

function row (container) {
  const { host, name, image, state, status } = container
  const button = document.createElement('button')
  const [title, details] = [document.createElement('span'), document.createElement('small')]
  title.textContent = name
  title.className = state === 'running' ? 'running' : 'other'
  details.textContent = `${host} · ${image} · ${status}`
  button.append(title, details)
  button.setAttribute('aria-current', String(isChosen(container)))
  button.addEventListener('click', () => select(container))
  const item = document.createElement('li')
  item.append(button)
  return item
}

function failed ({ host, detail }) {
  const item = document.createElement('li')
  item.className = 'failed'
  item.textContent = `${host}: ${detail}`
  return item
}

async function select (container) {
  chosen = container
  choose(container)
  endLog()
  endLog = () => {}
  if (container === undefined) return
  refresh()
  try {
    const end = await showLog(container)
    // Another one may have been chosen in between.
    if (chosen === container) endLog = end
    else end()
  } catch (error) { document.getElementById('log-state').textContent = error.message }
}
