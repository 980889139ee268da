// The figures of the benchmark: how they are taken, and the rows of its table.

export const HEAD = ['| what | gateway | direct | ratio | RSS |', '| --- | --- | --- | --- | --- |']

/** @typedef {[number[], number[]]} Taken milliseconds of the one and of the other */

/**
 * In turns, so that whatever else the machine does weighs on both.
 * @param {number} times
 * @param {() => Promise<unknown>} one
 * @param {() => Promise<unknown>} other
 * @returns {Promise<Taken>}
 */
export async function compare (times, one, other) {
  /** @type {Taken} */
  const taken = [[], []]
  for (let time = -Math.ceil(times / 10); time < times; time++) {
    for (const [index, work] of [one, other].entries()) {
      const begun = performance.now()
      await work()
      if (time >= 0) taken[index === 0 ? 0 : 1].push(performance.now() - begun)
    }
  }
  return taken
}

/** @param {string} what @param {Taken} taken */
export function beside (what, [one, other]) {
  return quantiles.map(([name, share]) => row(`${what} ${name} (ms)`, at(one, share).toFixed(2), at(other, share).toFixed(2), (at(one, share) / at(other, share)).toFixed(2)))
}

/** @param {string} what @param {number[]} taken microseconds */
export const alone = (what, taken) => quantiles.map(([name, share]) => row(`${what} ${name} (µs)`, at(taken, share).toFixed(1)))

/** @param {string} what @param {...(string | number)} cells gateway, direct, ratio, RSS, as far as there are any */
export const row = (what, ...cells) => `| ${[what, ...Array.from({ length: 4 }, (_, nth) => cells[nth] ?? '')].join(' | ')} |`

/** @param {number[]} values @param {number} share */
export const at = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN

/** @type {Array<[string, number]>} */
const quantiles = [['p50', 0.5], ['p99', 0.99]]
