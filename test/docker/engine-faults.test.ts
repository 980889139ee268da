import { testFaults } from './faults/run.js'

/** The oldest, and what a fresh install of the newest has; `test-long/` has those between, and Podman. */
testFaults('20.10')
testFaults('28.5-containerd')
