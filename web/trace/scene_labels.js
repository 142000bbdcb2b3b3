// Labels of marks where there is room: what is chosen first, then from left to right.

import { formatCount } from "../lib/format.js";
import { textWidth } from "../lib/text.js";
import { eventLabel } from "./told.js";

/**
 * @typedef {import("./scene.js").Mark} Mark
 * @typedef {import("./model.js").Model} Model
 */

/** How much wider the labels of what is chosen are. */
const BOLDER = 1.1;
/** With more lanes than this, only what is chosen has labels. */
const MOST_LANES = 60;

/**
 * @param {Model} model
 * @param {Mark[]} marks
 * @param {import("./lanes.js").Window} view
 * @param {number} lanes
 */
export function placeLabels(model, marks, view, lanes) {
  /** @type {Map<number, [number, number][]>} */
  const taken = new Map();
  const ordered = [...marks].sort((a, b) => Number(b.isMarked) - Number(a.isMarked) || a.x - b.x);
  for (const mark of ordered) {
    if (mark.count > 1 || (lanes > MOST_LANES && !mark.isMarked)) continue;
    const inLane = taken.get(mark.y) ?? [];
    taken.set(mark.y, inLane);
    placeLabel(mark, eventLabel(model, mark.event), inLane, view.width);
  }
}

/**
 * @param {Mark} mark
 * @param {string} text
 * @param {[number, number][]} taken
 * @param {number} width
 */
function placeLabel(mark, text, taken, width) {
  const size = textWidth(text) * (mark.isMarked ? BOLDER : 1) + 6;
  for (const [anchor, from] of anchors(mark.x, size)) {
    const until = from + size;
    const isFree = from >= 0 && until <= width && taken.every(([start, end]) => until < start || from > end);
    if (!isFree) continue;
    taken.push([from, until]);
    const x = anchor === "middle" ? mark.x : anchor === "start" ? from : until;
    mark.label = { text, x, y: mark.y - 11, anchor };
    return;
  }
}

/**
 * @param {number} x
 * @param {number} size
 * @returns {["start" | "middle" | "end", number][]}
 */
function anchors(x, size) {
  return [["middle", x - size / 2], ["start", x - 7], ["end", x - size + 7]];
}

/**
 * What stands on a mark of several events.
 * @param {Mark} mark
 */
export function countLabel({ count }) {
  return count < 10_000 ? String(count) : `${formatCount(Math.round(count / 1000))}k`;
}
