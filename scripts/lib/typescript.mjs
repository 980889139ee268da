// @ts-check
// Lets Node run TypeScript: `node --import=./scripts/lib/typescript.mjs file.ts`. It is loaded in every thread, so
// that a Worker started from a source file works too; `--import=tsx` registers in the main thread alone on Node 20.
import { register } from 'tsx/esm/api'

register()
