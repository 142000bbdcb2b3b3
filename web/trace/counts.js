// Counting what a density has.

import { toMs } from "../lib/format.js";

/** @typedef {import("../lib/types.js").Density} Density */

/**
 * How many events a density counts in a span, about.
 * @param {Density} density
 * @param {number} start
 * @param {[number, number]} span
 */
export function countWithin(density, start, [from, until]) {
  const first = toMs(density.from) - start;
  const last = Math.min(Math.ceil((until - first) / density.bucket_ms), 512);
  let total = 0;
  for (const { counts } of density.lanes) {
    for (let bucket = Math.max(0, Math.floor((from - first) / density.bucket_ms)); bucket < last; bucket += 1) total += counts[bucket] ?? 0;
  }
  return total;
}
