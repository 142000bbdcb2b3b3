// What differs in a row of a comparison.

/**
 * @typedef {import("../lib/types.js").ComparedSide} Side
 * @typedef {{ a: Side | null, b: Side | null }} Sides
 * @typedef {"a" | "b" | "count" | "same"} Difference only in one, in both but not as often, or the same
 */

/**
 * @param {Sides} sides
 * @returns {Difference}
 */
export function differenceOf({ a, b }) {
  if (!b) return "a";
  if (!a) return "b";
  return a.count === b.count ? "same" : "count";
}

/**
 * How much longer it took in B, in ms.
 * @param {Sides} sides
 */
export function slowdown({ a, b }) {
  return (b?.total_ms ?? 0) - (a?.total_ms ?? 0);
}

/**
 * Runs of rows: those that differ each by itself, those that don't as one where they are many.
 * @template {Sides} T
 * @param {T[]} rows
 * @param {number} few so many or fewer that are the same are no run
 * @returns {{ rows: T[], isRun: boolean }[]}
 */
export function runs(rows, few) {
  /** @type {{ rows: T[], isRun: boolean }[]} */
  const all = [];
  for (const row of rows) {
    const isSame = differenceOf(row) === "same";
    const last = all[all.length - 1];
    if (last && last.isRun === isSame) last.rows.push(row);
    else all.push({ rows: [row], isRun: isSame });
  }
  return all.map(({ rows: of, isRun }) => ({ rows: of, isRun: isRun && of.length > few }));
}
