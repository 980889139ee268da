import type { Migration } from 'kysely'
import * as users from './0001-users.js'
import * as sessions from './0002-sessions.js'
import * as journal from './0003-journal.js'
import * as jobs from './0010-jobs.js'
import * as attempts from './0020-attempts.js'
import * as deadlines from './0030-deadlines.js'
import * as execs from './0040-execs.js'
import * as access from './0050-access.js'
import * as apiTokens from './0051-api-tokens.js'
import * as quotas from './0052-quotas.js'

/** Every migration, in the order of its name. Add at the end; what was released is never changed. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-users': users,
  '0002-sessions': sessions,
  '0003-journal': journal,
  '0010-jobs': jobs,
  '0020-attempts': attempts,
  '0030-deadlines': deadlines,
  '0040-execs': execs,
  '0050-access': access,
  '0051-api-tokens': apiTokens,
  '0052-quotas': quotas
}
