import type Docker from 'dockerode'
import Type, { type Static } from 'typebox'
import { inGraphql } from '../../../model/graphql-name.js'
import { choice } from '../../../model/choice.js'
import { isoOrNothing, isoUtc } from '../../../engine/times.js'
import { Count, DateTime, Flag, Text, Texts, present } from '../../../engine/models/common.js'
import { closed } from '../../../model/objects.js'

export const ContainerStatus = choice('ContainerStatus', 'Where the container is in its life', {
  created: 'It was never started',
  running: 'Its process runs',
  paused: 'Its processes are frozen',
  restarting: 'It has ended, and its restart policy is about to start it again',
  removing: 'It is being removed',
  exited: 'It has ended',
  dead: 'A removal of it failed half-way'
})

const exitCode = (description: string) => Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647, description })

const HealthProbe = Type.Object({
  startedAt: DateTime('When it began'),
  endedAt: Type.Optional(DateTime('When it ended; absent while it runs')),
  exitCode: exitCode('0 for healthy, 1 for unhealthy; others are failures of the check itself'),
  output: Text('What it wrote, 4096 bytes at most')
}, { ...closed, title: 'HealthProbe', description: 'One run of a health check' })

const Health = Type.Object({
  status: Text('`starting`, `healthy` or `unhealthy`'),
  failingStreak: Count('How many checks in a row have failed'),
  log: Type.Array(HealthProbe, { description: 'The last checks, five at most, the oldest first' })
}, { ...closed, title: 'Health', description: 'What its health check has found' })

export const ContainerState = Type.Object({
  status: ContainerStatus,
  running: Flag('Whether its process runs; true also while it is paused'),
  paused: Flag('Whether it is paused'),
  restarting: Flag('Whether the restart policy is about to start it again'),
  oomKilled: Flag('Whether the kernel killed it for want of memory'),
  dead: Flag('Whether a removal of it failed half-way'),
  pid: Count('The process id on the host; 0 when it does not run'),
  exitCode: exitCode('The exit code of its last run; 0 before the first'),
  error: Type.Optional(Text('Why the engine could not start it')),
  startedAt: Type.Optional(DateTime('When it was last started; absent when never')),
  finishedAt: Type.Optional(DateTime('When it last ended; absent when never')),
  health: Type.Optional(Health)
}, { ...closed, title: 'ContainerState', description: 'How a container stands', ...inGraphql('stateDetails') })

const seconds = (description: string) => Type.Optional(Type.Number({ minimum: 0, description: `${description}, in seconds; absent for the engine's default` }))

export const Healthcheck = Type.Object({
  test: Texts('The check: `["CMD", program, …]`, `["CMD-SHELL", line]`, or `["NONE"]`'),
  intervalSeconds: seconds('The time between two checks'),
  timeoutSeconds: seconds('How long a check may take'),
  startPeriodSeconds: seconds('How long failures do not count, at the start'),
  startIntervalSeconds: seconds('The time between two checks during the start period'),
  retries: Type.Optional(Count('How many failures in a row make it unhealthy; absent for the engine\'s default'))
}, { ...closed, title: 'Healthcheck', description: 'How the engine finds out whether it is well' })

export const statusOf = (state: string): Static<typeof ContainerStatus> =>
  ContainerStatus.enum.find(known => known === state) ?? 'dead'

export function stateOf (state: Docker.ContainerInspectInfo['State']): Static<typeof ContainerState> {
  return {
    status: statusOf(state.Status),
    running: state.Running,
    paused: state.Paused,
    restarting: state.Restarting,
    oomKilled: state.OOMKilled,
    dead: state.Dead,
    pid: state.Pid,
    exitCode: state.ExitCode,
    ...present({ error: state.Error, startedAt: isoOrNothing(state.StartedAt), finishedAt: isoOrNothing(state.FinishedAt), health: healthOf(state.Health) })
  }
}

/** Newer engines tell of a health check that is not there as `none`. */
function healthOf (health: Docker.ContainerInspectInfo['State']['Health']): Static<typeof Health> | undefined {
  if (health === undefined || health === null || ['', 'none'].includes(health.Status)) return undefined
  const log = (health.Log ?? []).map(({ Start, End, ExitCode: exitCode, Output: output }) =>
    ({ startedAt: isoUtc(Start), ...present({ endedAt: isoOrNothing(End) }), exitCode, output }))
  return { status: health.Status, failingStreak: health.FailingStreak, log }
}

interface EngineHealthcheck { Test?: string[] | null, Interval?: number, Timeout?: number, StartPeriod?: number, StartInterval?: number, Retries?: number }

/** 0 is how the engine writes its default. */
export function healthcheckOf (check: EngineHealthcheck | null | undefined): Static<typeof Healthcheck> | undefined {
  if (check === undefined || check === null) return undefined
  const given = (amount: number | undefined, unit = 1) => amount === undefined || amount === 0 ? undefined : Number(amount) / unit
  return {
    test: check.Test ?? [],
    ...present({
      intervalSeconds: given(check.Interval, 1e9),
      timeoutSeconds: given(check.Timeout, 1e9),
      startPeriodSeconds: given(check.StartPeriod, 1e9),
      startIntervalSeconds: given(check.StartInterval, 1e9),
      retries: given(check.Retries)
    })
  }
}
