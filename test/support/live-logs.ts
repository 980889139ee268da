/** Followed logs of containers that write what they are told to, on an engine of the test's own. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { LIVE_LIMITS } from '../../src/engine/live/feed.js'
import { image, privateEngine } from './engines.js'
import { startGateway } from './gateway.js'

export interface LogEvent { type: string, text?: string, partial?: boolean, cursor?: string, count?: number | null, reason?: string, stream?: string, time: string, exitCode?: number }

/** A container that writes what it is told to: each file in its folder /do is a script, run once. */
export const OBEYING = 'mkdir -p /do; while :; do for f in /do/*; do [ -e $f ] && { mv $f /now; . /now; rm /now; }; done; sleep 0.05; done'

export const live = { ...LIVE_LIMITS, reconnectMs: 60_000, patienceMs: 500, quietMs: 1000 }

export async function startLiveLogs (t: Test) {
  const engine = await privateEngine(t)
  const gateway = await startGateway(t, { engines: [engine, engine], live })
  const { admin } = gateway
  let made = 0

  async function run (t: Test, script = OBEYING, rest: object = {}): Promise<string> {
    const { status, body, text } = await admin.post('/hosts/local/containers/run', { image, name: `live-${process.pid}-${made++}`, command: ['sh', '-c', script], ...rest })
    if (status !== 201) throw new Error(text)
    t.teardown(async () => await call(engine, 'DELETE', `/containers/${body.id}?force=true`))
    return body.id as string
  }

  async function tell (id: string, script: string): Promise<void> {
    const { status, text } = await admin.post(`/hosts/local/containers/${id}/exec`, { command: ['sh', '-c', 'cat > /tmp/next; mv /tmp/next /do/next-$$'], stdin: `${script}\n` })
    if (status !== 200) throw new Error(text)
  }

  /** A follower, and what it was told so far. */
  async function follow (id: string, query = '') {
    const events: LogEvent[] = []
    const socket = admin.socket(`/hosts/local/containers/${id}/logs?follow=true${query}`)
    socket.on('message', data => { events.push(JSON.parse(String(data)) as LogEvent) })
    const closed = new Promise<[number, string]>(resolve => { socket.once('close', (code, reason) => { resolve([code, String(reason)]) }) })
    await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject) })
    return { socket, events, closed }
  }

  return { engine, gateway, admin, spies: gateway.spies, run, tell, follow }
}

/** What makes a container write numbered lines. */
export const lines = (from: number, to: number, more = '') => `awk 'BEGIN { for (i = ${from}; i < ${to}; i++) print "line " i " ${more}" }'`

export const numbers = (events: LogEvent[]) => events.filter(({ type }) => type === 'log').map(({ text = '' }) => Number(text.split(' ')[1]))
export const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
export const hasLine = (events: LogEvent[], number: number) => numbers(events).includes(number)

export async function until (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !await isSo(); tries++) {
    if (tries > 1200) throw new Error(`it did not come to that: ${what}`)
    await sleep(50)
  }
}
