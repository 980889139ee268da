// Who is signed in. The tokens are kept in a variable and nowhere else: whoever reads this browser's storage finds none.

/** @type {{ accessToken: string, refreshToken: string, renewAt: number, renewing?: Promise<void> } | undefined} */
let session

export async function signIn (username, password) {
  open(await post('/auth/login', { username, password }))
}

export async function signOut () {
  const headers = await authorization().finally(() => { session = undefined })
  await fetch('/api/v1/auth/logout', { method: 'POST', headers })
}

/** A call to the gateway, with what it answers. @throws {Error} in the gateway's words */
export async function ask (method, path, body) {
  return await answerOf(await fetch(`/api/v1${path}`, { method, headers: { ...await authorization(), ...contentType(body) }, body: body && JSON.stringify(body) }))
}

/** A WebSocket can send no token: a ticket stands in its address, good for this one call. */
export async function openSocket (operation, input, protocols = []) {
  const { url } = await ask('POST', '/tickets', { operation, input })
  const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + url, protocols)
  socket.binaryType = 'arraybuffer'
  return socket
}

async function authorization () {
  if (session === undefined) throw new Error('Nobody is signed in.')
  if (Date.now() > session.renewAt) {
    session.renewAt = Infinity
    const renewed = session
    session.renewing = post('/auth/refresh', { refreshToken: session.refreshToken }).then(open).catch(error => {
      // The next call tries again.
      Object.assign(renewed, { renewAt: 0, renewing: undefined })
      throw error
    })
  }
  await session.renewing
  return { authorization: `Bearer ${session.accessToken}` }
}

function open ({ accessToken, refreshToken, expiresIn }) {
  session = { accessToken, refreshToken, renewAt: Date.now() + expiresIn * 800 }
}

const post = async (path, body) => await answerOf(await fetch(`/api/v1${path}`, { method: 'POST', headers: contentType(body), body: JSON.stringify(body) }))
const contentType = body => body === undefined ? {} : { 'content-type': 'application/json' }

async function answerOf (response) {
  const answer = response.status === 204 ? undefined : await response.json()
  if (!response.ok) throw new Error(answer.detail || answer.title || response.statusText)
  return answer
}
