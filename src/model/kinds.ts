/** What kind of thing an operation does; decides when the audit log must be written and what a role may hold. */
export type OperationClass = 'read' | 'write' | 'exec' | 'admin' | 'auth'

/** What a call is about. `invoke()` resolves it once, before anything is decided. */
export type TargetKind = 'container' | 'exec' | 'image' | 'network' | 'volume' | 'host' | 'user' | 'job' | 'group' | 'role' | 'grant' | 'token'

/** What the audit log may say that a call was about, or made. */
export type SubjectKind = TargetKind | 'ticket'

/** How a call reached `invoke()`. `ws` is a WebSocket at an operation's own address. */
export type Surface = 'rest' | 'graphql' | 'ws' | 'internal'

/** Where an operation may be offered; `ws` goes with `rest`. */
export type OfferedOn = 'rest' | 'graphql'
