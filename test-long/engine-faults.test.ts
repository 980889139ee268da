import { testFaults } from '../test/docker/faults/run.js'

/** The suite itself has each generation of Docker. */
testFaults('podman')
