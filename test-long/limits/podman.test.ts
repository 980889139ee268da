import { judgedOn } from './kind.js'

await judgedOn('podman')
