import t from 'tap'
import { testOperations } from '../support/every-operation.js'

await testOperations(t, ({ name }) => /^(?:network|volume)\./.test(name))
