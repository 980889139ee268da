import t from 'tap'
import { testOperations } from '../support/every-operation.js'

// Whatever is new is here until it has a file of its own: none can be forgotten.
await testOperations(t, ({ name }) => !/^(?:container|image|network|volume)\./.test(name))
