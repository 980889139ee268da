import { setFlagsFromString } from 'node:v8'

/** Twice this is what glibc keeps of memory that was given back to it, and is more than one collection gives back. */
const KEPT_BYTES = 24 * 1024 * 1024

/**
 * What a process does with the buffers of a transfer that nobody needs any more: some 16,000 of them per gigabyte. Once,
 * before anything else; a transfer takes half as long again without it, and thrice the CPU.
 */
export function prepareMemory (): void {
  // V8 frees them on a thread of its own and counts them off at the next collection. Until then they look like memory
  // that is running out, which is answered with one collection of the whole heap after the other.
  setFlagsFromString('--no-concurrent-array-buffer-sweeping')
  // glibc gives freed memory back to the system, which makes it anew, page by page, for the next buffers. How much it
  // keeps for them follows the largest block that was ever freed (mallopt(3), "M_MMAP_THRESHOLD"). Nothing is written
  // to this one: it costs no memory.
  Buffer.alloc(KEPT_BYTES)
}
