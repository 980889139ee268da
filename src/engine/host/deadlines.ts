/** How long the engine may take to stop or remove a container beyond the time it gives the process. */
export const GRACE_MS = 30_000
/** How long a create, a pull or an import may take to begin. */
export const BEGIN_MS = 60_000
/** How long work may take that grows with what there is: a prune, a commit. */
export const BULK_MS = 600_000
/** How long a save may take to begin: the engine writes the whole archive for itself before it sends any of it. */
export const SAVE_MS = 1_800_000
