/** How long the engine may take to stop or remove a container beyond the time it gives the process. */
export const GRACE_MS = 30_000
/** How long a create, a pull or an import may take to begin. */
export const BEGIN_MS = 60_000
/** How long work may take that grows with what there is: a prune, a commit. */
export const BULK_MS = 600_000
