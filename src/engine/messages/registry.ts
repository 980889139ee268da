import { BY, type EngineFault } from './fault.js'

/** What registries say, as engines pass it on. */
export const registryFaults: readonly EngineFault[] = [
  { says: /no basic auth credentials/, code: 'registry-denied', by: BY.docker },
  { says: /unauthorized: |authentication required|incorrect username or password/i, code: 'registry-denied', by: BY.graphDrivers },
  { says: /^denied(?:$|: )/, code: 'registry-denied', by: BY.graphDrivers },
  { says: /40[13] (?:Unauthorized|Forbidden)|push access denied|denied: requested access|error from registry: denied|insufficient_scope/, code: 'registry-denied', by: BY.containerd },
  { says: /manifest unknown|manifest for .* not found|no matching manifest|repository \S+ not found/, code: 'not-found', by: BY.graphDrivers },
  { says: /failed to resolve reference .*: not found|pull access denied/, code: 'not-found', by: BY.containerd }
]
