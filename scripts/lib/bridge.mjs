// @ts-check
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Makes a bridge with a network of its own in the machine's network namespace and notes it in the engine's folder,
 * so that whoever clears the folder deletes it.
 * @param {string} folder
 */
export function createBridge (folder) {
  for (let number = 1; number < 255; number++) {
    const name = `caisson${number}`
    if (existsSync(`/sys/class/net/${name}`) || !tryCreate(name)) continue
    writeFileSync(join(folder, 'bridge'), name)
    execFileSync('ip', ['address', 'add', `10.213.${number}.1/24`, 'dev', name])
    execFileSync('ip', ['link', 'set', name, 'up'])
    return name
  }
  throw new Error(`no name is left for another bridge beside ${readdirSync('/sys/class/net').length} interfaces`)
}

/**
 * Two engines may start at the same moment and want the same name: the kernel gives it to one of them.
 * @param {string} name
 */
function tryCreate (name) {
  try {
    execFileSync('ip', ['link', 'add', name, 'type', 'bridge'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
