/** How long the engine may take to stop or remove a container beyond the time it gives the process. */
export const GRACE_MS = 30_000
/** How long a create, a pull or an import may take to begin. */
export const BEGIN_MS = 60_000
