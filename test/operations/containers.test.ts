import t from 'tap'
import { testOperations } from '../support/every-operation.js'

await testOperations(t, ({ name, class: kind }) => name.startsWith('container.') && kind === 'read')
