// @ts-check
// The end of `npm run build`: notes which sources `dist` was made of, so that `npm start` notices when they have changed.
import { fileURLToPath } from 'node:url'
import { noteBuild } from './lib/sources.mjs'

noteBuild(fileURLToPath(new URL('../', import.meta.url)))
