import { testFaults } from '../test/docker/faults/run.js'

testFaults('26.1')
testFaults('28.5')
testFaults('podman')
