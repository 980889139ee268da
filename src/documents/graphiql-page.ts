// The page's parts are texts of this program, so that the build has nothing to copy.

export const graphiqlPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Caisson: GraphQL</title>
<link rel="icon" href="/docs/icon.svg">
<link rel="stylesheet" href="/graphiql/graphiql.css">
<link rel="stylesheet" href="/graphiql/page.css">
</head>
<body>
<form id="sign-in" autocomplete="on">
<strong>Caisson</strong>
<label>User <input name="username" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
<output id="status" role="status">Sign in to see the schema. The token stays in this page and ends with it.</output>
</form>
<main id="page"></main>
<script src="/graphiql/react.js"></script>
<script src="/graphiql/react-dom.js"></script>
<script src="/graphiql/graphiql.js"></script>
<script src="/graphiql/page.js"></script>
</body>
</html>
`

export const pageStyle = `html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; font: 15px/1.4 system-ui, sans-serif; }
form { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; padding: 0.5rem 1rem; background: #12394d; color: #fff; }
form strong { color: #f2b84b; font-size: 1.1rem; }
form input, form button { font: inherit; padding: 0.15rem 0.5rem; border: 1px solid #5b8296; border-radius: 4px; }
form button { background: #f2b84b; color: #12394d; cursor: pointer; }
main { flex: 1; min-height: 0; }
`

/** The tokens are kept in a variable and nowhere else: whoever reads this browser's storage finds none. */
export const graphiqlScript = `'use strict'
const form = document.getElementById('sign-in')
const status = document.getElementById('status')
let root
let session

async function ask (path, body) {
  const response = await fetch('/api/v1/auth/' + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.detail || answer.title || response.statusText)
  return answer
}

/** The access token, renewed when it is about to run out. */
async function authorization () {
  if (Date.now() > session.renewAt) {
    session.renewAt = Infinity
    session.renewing = ask('refresh', { refreshToken: session.refreshToken }).then(open)
  }
  await session.renewing
  return 'Bearer ' + session.accessToken
}

function open ({ accessToken, refreshToken, expiresIn }) {
  session = { accessToken, refreshToken, renewAt: Date.now() + expiresIn * 800 }
}

/** GraphiQL's own fetcher, made for each operation: it takes the token of a socket as a value, and tokens run out. */
async function fetcher (operation, options) {
  const headers = { authorization: await authorization() }
  const subscriptionUrl = location.origin.replace(/^http/, 'ws') + '/graphql'
  return await GraphiQL.createFetcher({ url: '/graphql', headers, subscriptionUrl, wsConnectionParams: headers })(operation, options)
}

const QUERY = '# The hosts and what runs on them. Ctrl-Enter runs it.\\n{\\n  hosts {\\n    items {\\n      name\\n      reachable\\n      version\\n    }\\n  }\\n  containers {\\n    items {\\n      host\\n      name\\n      image\\n      status\\n    }\\n  }\\n}\\n'

function show () {
  if (root !== undefined) root.unmount()
  root = ReactDOM.createRoot(document.getElementById('page'))
  root.render(React.createElement(GraphiQL, { fetcher, defaultQuery: QUERY, isHeadersEditorEnabled: false, shouldPersistHeaders: false }))
}

form.addEventListener('submit', async event => {
  event.preventDefault()
  const { username, password } = Object.fromEntries(new FormData(form))
  try {
    open(await ask('login', { username, password }))
    form.elements.password.value = ''
    status.textContent = 'Signed in as ' + username + '.'
    show()
  } catch (error) {
    status.textContent = error.message
  }
})
`
