// How wide a text is, in px, in the font of the drawings.

/** @type {Map<string, number>} */
const known = new Map();
/** @type {CanvasRenderingContext2D | null} */
let context = null;
/** Widths that are kept. */
const KEPT = 20_000;

/**
 * @param {string} text
 * @returns {number} at 11 px, regular
 */
export function textWidth(text) {
  const before = known.get(text);
  if (before !== undefined) return before;
  if (!context) {
    context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  }
  const { width } = context.measureText(text);
  if (known.size >= KEPT) known.clear();
  known.set(text, width);
  return width;
}
