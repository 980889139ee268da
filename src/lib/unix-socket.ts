import { lstatSync, unlinkSync, type Stats } from 'node:fs'
import { connect } from 'node:net'

/**
 * The socket of a gateway that did not end as it should would keep the next from starting. Nothing else is removed:
 * not a file that a wrong setting names, and not the socket of a gateway that lives.
 * @throws in words for the person who wrote `CAISSON_LISTEN`
 */
export async function removeDeadSocket (path: string): Promise<void> {
  const there = look(path)
  if (there === undefined) return
  if (!there.isSocket()) throw new Error(`CAISSON_LISTEN: got "unix:${path}", takes the path of a socket, and something else is there`)
  if (await isAlive(path)) throw new Error(`CAISSON_LISTEN: got "unix:${path}", and somebody listens there already`)
  unlinkSync(path)
}

function look (path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** Dead is what refuses connections; whatever else is said, e.g. that one may not, is somebody's word. */
async function isAlive (path: string): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', (error: NodeJS.ErrnoException) => { resolve(error.code !== 'ECONNREFUSED') })
  })
}
