/** What one input may ask of the check, whoever sends it: parsing comes before policy. */
export const LIMITS = {
  /** Objects, lists and what is in them, all levels together. */
  values: 10_000,
  /** Faults that are told; whoever makes more mends these first. */
  faults: 50,
  /** Faults that are also told in the sentence. */
  sentences: 10
} as const
