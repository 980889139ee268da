import type { Actor } from '../model/caller.js'

export type Authenticate = (authorization: string, address: string) => Promise<Actor>
