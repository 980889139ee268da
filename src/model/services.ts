/**
 * What the process makes once and every call is given. Each service adds itself, in its own file, by `declare module`,
 * as plugins of Fastify add their decorators: so nothing that takes services imports all of them.
 */
export interface Services {}
