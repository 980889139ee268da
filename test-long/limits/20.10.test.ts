import { judgedOn } from './kind.js'

await judgedOn('20.10')
