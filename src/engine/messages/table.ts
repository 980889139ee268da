import { absenceFaults } from './absences.js'
import { conflictFaults } from './conflicts.js'
import { contentFaults } from './contents.js'
import type { EngineFault } from './fault.js'
import { inputFaults } from './inputs.js'
import { registryFaults } from './registry.js'

/** The first that fits counts: what a step of a build says of a path is no path of an input. */
export const engineFaults: readonly EngineFault[] = [...contentFaults, ...registryFaults, ...inputFaults, ...absenceFaults, ...conflictFaults]

export const engineFault = (message: string): EngineFault | undefined => engineFaults.find(({ says }) => says.test(message))
