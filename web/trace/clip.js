// Lines and spans cut to what can be seen: zoomed far in, they would be millions of px long, which renderers
// of dashed lines take ages for.

/** How far beyond the view they may reach, in px. */
const BEYOND = 40;

/**
 * @param {number} from
 * @param {number} until
 * @param {number} width of the view
 * @returns {[number, number]}
 */
export function clipSpan(from, until, width) {
  return [Math.min(Math.max(from, -BEYOND), width + BEYOND), Math.min(Math.max(until, -BEYOND), width + BEYOND)];
}

/**
 * @param {{ x1: number, y1: number, x2: number, y2: number }} line
 * @param {number} width of the view
 * @returns {{ x1: number, y1: number, x2: number, y2: number }}
 */
export function clipLine({ x1, y1, x2, y2 }, width) {
  if (x1 === x2) return { x1, y1, x2, y2 };
  const [from, until] = clipSpan(x1, x2, width);
  const y = (/** @type {number} */ x) => y1 + ((x - x1) / (x2 - x1)) * (y2 - y1);
  return { x1: from, y1: from === x1 ? y1 : y(from), x2: until, y2: until === x2 ? y2 : y(until) };
}
