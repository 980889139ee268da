// @ts-check
const LOOK_MS = 500

/**
 * npm passes SIGTERM on to the shell that it runs a script in, and not every shell passes it on: a script that npm started
 * ends with its parent, as if it had been signalled itself.
 */
export function endWithParent () {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, LOOK_MS).unref()
}
