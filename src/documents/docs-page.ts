/** Beside the pages that the build renders: their frame is scripts/lib/pages/frame.mjs. */
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
