import { judgedOn } from './kind.js'

await judgedOn('26.1')
