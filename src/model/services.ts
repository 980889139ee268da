import type { Journal } from '../audit/journal.js'
import type { OpenStreams } from '../auth/open-streams.js'
import type { ApiTokens } from '../auth/api-tokens.js'
import type { Callers } from '../auth/callers.js'
import type { Grants } from '../auth/grants.js'
import type { Groups } from '../auth/groups.js'
import type { Policy } from '../authorization/policy.js'
import type { Roles } from '../auth/roles.js'
import type { Sessions } from '../auth/sessions/sessions.js'
import type { Tickets } from '../auth/tickets.js'
import type { Users } from '../auth/users.js'
import type { Execs } from '../docker/containers/execs.js'
import type { Hosts } from '../engine/hosts.js'
import type { Deadlines } from '../expiry/deadlines.js'
import type { Attempts } from '../idempotency/attempts.js'
import type { Jobs } from '../jobs/jobs.js'
import type { Metrics } from '../metrics/metrics.js'
import type { Registry } from '../operation/registry.js'
import type { Targets } from '../authorization/target-resolver.js'
import type { Quotas } from '../quotas/quotas.js'
import type { Rates } from '../rates/rates.js'

/** What the process makes once and every call is given. */
export interface Services {
  readonly hosts: Hosts
  readonly execs: Execs
  readonly users: Users
  readonly groups: Groups
  readonly roles: Roles
  readonly grants: Grants
  readonly sessions: Sessions
  readonly apiTokens: ApiTokens
  readonly callers: Callers
  readonly tickets: Tickets
  readonly journal: Journal
  readonly policy: Policy
  readonly rates: Rates
  readonly streams: OpenStreams
  readonly jobs: Jobs
  readonly attempts: Attempts
  readonly deadlines: Deadlines
  readonly quotas: Quotas
  readonly targets: Targets
  readonly metrics: Metrics
  /** Everything there is to call. */
  readonly operations: Registry
}
