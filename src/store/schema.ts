import type { ColumnType } from 'kysely'
import type { JobState } from '../model/job-state.js'

/**
 * The tables, as Kysely sees them. Times are ISO 8601 UTC text (they sort as they are) and truths are 0 or 1, so
 * that SQLite and PostgreSQL read alike.
 */
export interface Schema {
  users: UserTable
  session_families: FamilyTable
  refresh_tokens: RefreshTokenTable
  login_failures: LoginFailureTable
  jobs: JobTable
  job_events: JobEventsTable
  groups: GroupTable
  group_members: GroupMemberTable
  roles: RoleTable
  grants: GrantTable
  api_tokens: ApiTokenTable
  attempts: AttemptTable
  deadlines: DeadlineTable
  execs: ExecTable
}

/** The audit log's file has one table. */
export interface JournalSchema {
  journal: JournalTable
}

/** Written once: what names a row, or is history, never changes. */
type Fixed<T> = ColumnType<T, T, never>
type Truth = 0 | 1

export interface UserTable {
  id: Fixed<string>
  /** As it was typed when the user was made. */
  username: Fixed<string>
  /** The username in lower case: two that differ in case alone are one. */
  username_key: Fixed<string>
  display_name: string | null
  admin: Truth
  disabled: Truth
  /** Argon2id, in PHC format. */
  password_hash: string
  /** Counts what ends all sessions: a new password, disabling. An access token of an older version is worth nothing. */
  security_version: number
  created_at: Fixed<string>
}

/** One sign-in and all the refresh tokens that came from it. */
export interface FamilyTable {
  id: Fixed<string>
  user_id: Fixed<string>
  /** Where the sign-in came from. */
  address: Fixed<string>
  created_at: Fixed<string>
  expires_at: Fixed<string>
  ended_at: string | null
}

export interface RefreshTokenTable {
  /** SHA-256 of the token, hex. The token itself is nowhere. */
  hash: Fixed<string>
  family_id: Fixed<string>
  created_at: Fixed<string>
  /** Kept after use: a second use is how a theft shows. */
  used_at: string | null
}

export interface LoginFailureTable {
  /** SHA-256 of the username in lower case, hex: people type passwords into the wrong field. */
  key: Fixed<string>
  /** Whether such a user existed: rows of users are never evicted. */
  known: Truth
  /** Wrong passwords in a row. */
  failures: number
  last_at: string
  locked_until: string | null
}

export interface JobTable {
  id: Fixed<string>
  /** The user's id. */
  owner_id: Fixed<string>
  operation: Fixed<string>
  host: Fixed<string>
  state: JobState
  created_at: Fixed<string>
  ended_at: string | null
  /** JSON of one that succeeded. */
  result: string | null
  /** The problem of one that failed, as JSON. */
  error: string | null
}

/** What a job told until its end; no row where the gateway ended before it. */
export interface JobEventsTable {
  job_id: Fixed<string>
  /** The number of the first that is kept. */
  first: Fixed<number>
  /** NDJSON. */
  lines: Fixed<string>
}

export interface GroupTable {
  id: Fixed<string>
  name: string
  description: string | null
  created_at: Fixed<string>
}

export interface GroupMemberTable {
  group_id: Fixed<string>
  user_id: Fixed<string>
}

/** The roles that somebody made; the built-in ones are in the code. */
export interface RoleTable {
  name: Fixed<string>
  description: string | null
  /** Patterns over names of operations, a JSON list. */
  operations: string
  /** JSON. */
  limits: string
  created_at: Fixed<string>
}

/** Either to a user or to a group. */
export interface GrantTable {
  id: Fixed<string>
  user_id: Fixed<string | null>
  group_id: Fixed<string | null>
  role: string
  /** Patterns over names of hosts, a JSON list. */
  hosts: string
  /** JSON; null: whatever is on the hosts. */
  match: string | null
  /** JSON; null: as much as there is. */
  quota: string | null
  created_at: Fixed<string>
}

export interface ApiTokenTable {
  id: Fixed<string>
  user_id: Fixed<string>
  name: Fixed<string>
  /** SHA-256 of the secret, hex. The secret itself is nowhere. */
  hash: Fixed<string>
  /** JSON. */
  narrowing: Fixed<string>
  created_at: Fixed<string>
  expires_at: Fixed<string>
  last_used_at: string | null
  last_used_from: string | null
}

/** A call that was made under a key. */
export interface AttemptTable {
  /** The call's id in the audit log. */
  id: Fixed<string>
  owner_id: Fixed<string>
  /** Keyed digest of the key, hex. */
  key_digest: Fixed<string>
  /** Keyed digest of operation and input, hex: the input may be secret. */
  input_digest: Fixed<string>
  created_at: Fixed<string>
  /** What was answered, sealed, base64; null as long as that is not known. */
  answer: string | null
  /** How long that text is. */
  bytes: number
}

/** Until when a container may live. */
export interface DeadlineTable {
  /** The id of the call that makes it, in the audit log: the container bears it as a label. */
  call_id: Fixed<string>
  host: Fixed<string>
  /** null until it is there. */
  container_id: string | null
  expires_at: string
  /** When it is looked at next: when its time is over, or later where it could not be removed. */
  next_try_at: string
  /** How often it could not. */
  tries: number
}

/** A command in a container, by the engine's id of it. */
export interface ExecTable {
  id: Fixed<string>
  host: Fixed<string>
  container_id: Fixed<string>
  /** The user's id. */
  owner_id: Fixed<string>
  terminal: Fixed<Truth>
  /** null: the usual ones. */
  detach_keys: Fixed<string | null>
  /** By which its processes are found again; see exec-end.ts. */
  mark: Fixed<string>
  /** Who it runs as, where that is not the container's own user. */
  run_as: Fixed<string | null>
  privileged: Fixed<Truth>
  created_at: Fixed<string>
  /** null: nobody has attached to it yet. */
  started_at: string | null
}

/** A line of the audit log, and beside it what is searched for. The line is what counts: the rest is made from it. */
export interface JournalTable {
  seq: Fixed<number>
  id: Fixed<string>
  time: Fixed<string>
  stage: Fixed<string>
  request_id: Fixed<string>
  operation: Fixed<string | null>
  /** The username in lower case. */
  actor: Fixed<string | null>
  host: Fixed<string | null>
  target_id: Fixed<string | null>
  target_name: Fixed<string | null>
  /** The outcome's code; `ok` where the call succeeded; null while it is open. */
  code: Fixed<string | null>
  hash: Fixed<string>
  /** The whole line as canonical JSON. */
  line: Fixed<string>
}
