import { randomFillSync } from 'node:crypto'
import { ulid } from 'ulid'

/** An id asks for a random number sixteen times: from the system one by one, that costs more than all the rest of it. */
const pool = Buffer.alloc(4096)
let next = pool.length

function random (): number {
  if (next === pool.length) {
    randomFillSync(pool)
    next = 0
  }
  return pool.readUInt8(next++) / 256
}

/** A new ULID: sorts by its time. */
export const newId = (): string => ulid(undefined, random)
