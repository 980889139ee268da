export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN

/** Whether two samples differ: two-sided p by the normal approximation; times are never tied to speak of. */
export function mannWhitney (one: readonly number[], other: readonly number[]): number {
  const u = one.reduce((sum, a) => sum + other.filter(b => a > b).length, 0)
  const [mean, variance] = [one.length * other.length / 2, one.length * other.length * (one.length + other.length + 1) / 12]
  return 2 * (1 - normal(Math.abs(u - mean) / Math.sqrt(variance)))
}

/** Abramowitz and Stegun 26.2.17; right to seven digits. */
function normal (z: number): number {
  const k = 1 / (1 + 0.2316419 * z)
  const tail = [0.319381530, -0.356563782, 1.781477937, -1.821255978, 1.330274429].reduce((sum, factor, nth) => sum + factor * k ** (nth + 1), 0)
  return 1 - Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * tail
}
