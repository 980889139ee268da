/**
 * What one stage of a transfer may hold. With Node's own 16 KiB a gateway and an engine wait for each other at every
 * chunk; this much lets both work at once, and is still a bound.
 */
export const TRANSFER_BYTES = 256 * 1024
