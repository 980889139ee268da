import { engines } from '../support/engines.js'
import { testFaults } from './faults/run.js'

testFaults(engines[0].kind)
