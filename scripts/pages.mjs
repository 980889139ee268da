// @ts-check
// The middle of `npm run build`: renders README.md, docs/ and the like into what the gateway serves at /docs.
import { join } from 'node:path'
import { writePages } from './lib/pages/write.mjs'
import { root } from './lib/setup.mjs'

writePages(root, join(root, 'dist/documents/pages'))
