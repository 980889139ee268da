// @ts-check
// Preloaded into a gateway (`node --import`): writes down each function of `dist/` that is entered between two messages,
// and sends them to the parent.
import { register } from 'node:module'

/** @type {string[]} */
let entered = []
let isOn = false
Object.assign(globalThis, { __entered: (/** @type {string} */ name) => { if (isOn) entered.push(name) } })

process.on('message', () => {
  if (isOn) process.send?.(entered)
  entered = []
  isOn = !isOn
})
process.channel?.unref()

register('./trace-loader.mjs', import.meta.url)
