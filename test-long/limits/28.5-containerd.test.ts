import { judgedOn } from './kind.js'

await judgedOn('28.5-containerd')
