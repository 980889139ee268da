import Type from 'typebox'
import { choice } from '../../model/choice.js'
import { nothing, operation, value } from '../../operation/define.js'
import { needsApi } from '../../engine/connection/api-version.js'
import { Flag, seconds } from '../../engine/models/common.js'
import { ContainerRef, DetachKeys, signalInput } from '../../model/names.js'
import { containerObject } from '../../docker/targets.js'
import { killContainer } from '../../docker/containers/kill.js'
import { withState } from '../../engine/state-conflict.js'
import { stopDeadlineMs } from '../../docker/containers/stop-time.js'
import { waitFor } from '../../docker/containers/wait.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_NOTHING, LIMITED_AT_CREATE, NAMES_NOTHING_ELSE } from '../../operation/none.js'

const beforeKill = {
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: -1, maximum: 86_400, description: 'How long its process may take before it is killed, in seconds; -1 for ever; what the container gives it (`stopTimeoutSeconds`, else 10) when absent' }))
}

const Killed = Type.Object({
  resumed: Flag('Whether it was paused and runs again: Docker resumes a paused container for every signal that does not end it, Podman delivers the signal when it is unpaused')
}, { ...closed, title: 'ContainerKill', description: 'What a signal came to' })

const stopSignal = signalInput('What asks its process to end; the container\'s own stop signal when absent. Takes an engine of API 1.42 or newer')
const SINCE = { signal: '1.42' }

const Waited = Type.Object({
  exitCode: Type.Optional(Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647, description: 'What it exited with; absent when the time was over first' })),
  timedOut: Flag('Whether `timeoutSeconds` were over first')
}, { ...closed, title: 'ContainerWait', description: 'What a wait came to' })

export const containerLifecycleOperations = [
  operation({
    name: 'container.start',
    summary: 'Start a container',
    description: 'Starting one that runs is no fault.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/start',
    input: Type.Object({ ...ContainerRef, detachKeys: DetachKeys }, closed),
    output: nothing(),
    target: 'container',
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', 'detachKeys'],
    example: { host: 'local', id: 'caisson-example' },
    async handler ({ host, id, ...options }, { hosts, target }) {
      await withState(containerObject(target), hosts.get(host).containers.start(id, options))
    }
  }),

  operation({
    name: 'container.stop',
    summary: 'Stop a container',
    description: 'Stopping one that is stopped is no fault.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/stop',
    input: Type.Object({
      ...ContainerRef,
      ...beforeKill,
      signal: stopSignal
    }, closed),
    output: nothing(),
    target: 'container',
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', 'timeoutSeconds', 'signal'],
    example: { host: 'local', id: 'caisson-example', timeoutSeconds: 0 },
    async handler ({ host, id, ...options }, { hosts, target }) {
      const engine = hosts.get(host)
      await needsApi(engine, options, SINCE)
      await engine.containers.stop(id, { ...options, deadlineMs: stopDeadlineMs(containerObject(target), options.timeoutSeconds) })
    }
  }),

  operation({
    name: 'container.restart',
    summary: 'Stop a container and start it again',
    description: 'One that is stopped is started.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/restart',
    input: Type.Object({ ...ContainerRef, ...beforeKill, signal: stopSignal }, closed),
    output: nothing(),
    target: 'container',
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', 'timeoutSeconds', 'signal'],
    example: { host: 'local', id: 'caisson-example', timeoutSeconds: 0 },
    async handler ({ host, id, ...options }, { hosts, target }) {
      const engine = hosts.get(host)
      await needsApi(engine, options, SINCE)
      const container = containerObject(target)
      const deadlineMs = stopDeadlineMs(container, options.timeoutSeconds)
      await withState(container, engine.containers.restart(id, { ...options, deadlineMs }))
    }
  }),

  operation({
    name: 'container.kill',
    summary: 'Send a signal to a container\'s process',
    description: 'The answer does not wait for what the signal comes to. Docker resumes a container that was paused for any signal, as `resumed` says.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/kill',
    input: Type.Object({ ...ContainerRef, signal: signalInput('What is sent; `SIGKILL` when absent') }, closed),
    output: value(Killed),
    target: 'container',
    failures: { conflict: 'It does not run' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', 'signal'],
    example: { host: 'local', id: 'caisson-example', signal: 'SIGUSR1' },
    async handler ({ host, signal }, { hosts, target }) {
      return { resumed: await killContainer(hosts.get(host), containerObject(target), signal) }
    }
  }),

  operation({
    name: 'container.pause',
    summary: 'Freeze all processes of a container',
    description: 'None of them runs on until it is unpaused; it takes no CPU, and keeps its memory.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/pause',
    input: Type.Object(ContainerRef, closed),
    output: nothing(),
    target: 'container',
    failures: { conflict: 'It does not run, or is paused already' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id'],
    example: { host: 'local', id: 'caisson-example' },
    async handler ({ host, id }, { hosts, target }) {
      await withState(containerObject(target), hosts.get(host).containers.pause(id))
    }
  }),

  operation({
    name: 'container.unpause',
    summary: 'Let a paused container go on',
    description: 'Its processes take no notice of the time between.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/unpause',
    input: Type.Object(ContainerRef, closed),
    output: nothing(),
    target: 'container',
    failures: { conflict: 'It is not paused' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id'],
    example: { host: 'local', id: 'caisson-example-paused' },
    async handler ({ host, id }, { hosts, target }) {
      await withState(containerObject(target), hosts.get(host).containers.unpause(id), 'paused')
    }
  }),

  operation({
    name: 'container.wait',
    summary: 'Wait until a container has ended, or is removed',
    description: 'Answers when the condition is met, or when the time is over; a caller that leaves waits no longer.',
    class: 'read',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/wait',
    input: Type.Object({
      ...ContainerRef,
      condition: Type.Optional(choice('WaitCondition', 'What is waited for', {
        notRunning: 'It does not run, at once if that is so already', nextExit: 'It ends from now on', removed: 'It is gone'
      }, { default: 'notRunning' })),
      timeoutSeconds: seconds('How long to wait; a day when absent', 86_400)
    }, closed),
    output: value(Waited),
    target: 'container',
    audit: ['host', 'id', 'condition', 'timeoutSeconds'],
    example: { host: 'local', id: 'caisson-example-ended' },
    async handler ({ host, id, ...options }, { hosts, signal }) {
      return await waitFor(hosts.get(host), id, options, signal)
    }
  })
]
