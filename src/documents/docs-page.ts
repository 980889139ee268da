// The page's parts are texts of this program, so that the build has nothing to copy.

export const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Caisson: REST</title>
<link rel="icon" href="/docs/icon.svg">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="/docs/swagger-ui.js"></script>
<script src="/docs/page.js"></script>
</body>
</html>
`

export const docsScript = `'use strict'
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#page',
  deepLinking: true,
  docExpansion: 'list',
  filter: true,
  validatorUrl: null,
  displayRequestDuration: true
})
`

/** A gate that closes a dock. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="6" fill="#12394d"/>
<path d="M7 8h18l-2.5 16h-13z" fill="#f2b84b"/>
<path d="M8 13h16M9 18h14" stroke="#12394d" stroke-width="2"/>
</svg>
`
