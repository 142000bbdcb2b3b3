// Findings in the space-time diagram: their accesses numbered, and lines that tie them together.

import { kindName } from "../lib/words.js";
import { textWidth } from "../lib/text.js";
import { clipLine } from "./clip.js";
import { inOrder } from "./told.js";
import { touches } from "./scene.js";

/**
 * @typedef {import("../lib/types.js").Finding} Finding
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./lanes.js").Window} Window
 * @typedef {{ x: number, y: number }} Spot
 */

/**
 * @typedef {object} FindingLink
 * @property {boolean} isChosen
 * @property {"critical" | "warning" | "info"} severity
 * @property {string[]} paths
 * @property {{ x: number, y: number, size: number, text: string } | null} label `x`: its left
 * @property {(Spot & { number: number })[]} badges
 */

/** How far below an access its number stands, in px. */
const BELOW = 14.5;
/** As many that are not chosen are drawn; more would hide what they are about. */
const MOST_OTHERS = 40;

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {import("./scene.js").Place} place
 * @param {Window} view
 * @returns {FindingLink[]}
 */
export function findingLinks(model, choice, place, view) {
  const links = [];
  for (const finding of model.graph.findings) {
    const isChosen = finding === choice.finding;
    if (!isChosen && links.length >= MOST_OTHERS) continue;
    const link = linkOf(model, finding, isChosen, place, view);
    if (link) links.push(link);
  }
  return links.sort((a, b) => Number(a.isChosen) - Number(b.isChosen));
}

/**
 * @param {Model} model
 * @param {Finding} finding
 * @param {boolean} isChosen
 * @param {import("./scene.js").Place} place
 * @param {Window} view
 * @returns {FindingLink | null}
 */
function linkOf(model, finding, isChosen, place, view) {
  const spots = spotsOf(model, finding, place);
  const tied = spots.filter(({ isTied }) => isTied);
  const pairs = tied.slice(1).map((to, at) => ({ from: tied[at], to }));
  const isSeen = pairs.some(({ from, to }) => touches({ x1: from.x, y1: from.y - 30, x2: to.x, y2: to.y + 30 }, view));
  if (!isSeen) return null;
  return {
    isChosen,
    severity: /** @type {any} */ (finding.severity.toLowerCase()),
    paths: pairs.map(({ from, to }) => (isNear(from, view) && isNear(to, view) ? curve(from, to) : straight(from, to, view))),
    label: isChosen ? labelAt(spots[0], kindName(finding.kind), view.width) : null,
    badges: isChosen ? spots.map((spot, at) => ({ x: spot.x, y: spot.y + BELOW, number: at + 1 })) : [],
  };
}

/**
 * @param {Model} model
 * @param {Finding} finding
 * @param {import("./scene.js").Place} place
 * @returns {(Spot & { isTied: boolean })[]} `isTied`: by a line to the next; what a request had read before is not
 */
function spotsOf(model, finding, place) {
  const spots = [];
  for (const { event_id, role } of inOrder(finding)) {
    const event = model.indexOf.get(event_id);
    if (event === undefined || !place.isShown(model.strandOf[event])) continue;
    spots.push({ x: place.x(event), y: place.y(model.strandOf[event]), isTied: role !== "own_read" });
  }
  return spots;
}

/**
 * @param {Spot} spot
 * @param {Window} view
 */
function isNear({ x }, { width }) {
  return x > -width && x < 2 * width;
}

/**
 * @param {Spot} from
 * @param {Spot} to
 * @param {Window} view
 */
function straight(from, to, { width }) {
  const { x1, y1, x2, y2 } = clipLine({ x1: from.x, y1: from.y, x2: to.x, y2: to.y }, width);
  return `M${x1} ${y1}L${x2} ${y2}`;
}

/**
 * @param {Spot} from
 * @param {Spot} to
 */
function curve(from, to) {
  const bend = from.y === to.y ? 26 : 0;
  const x = (from.x + to.x) / 2;
  return `M${from.x} ${from.y}C${x} ${from.y + bend} ${x} ${to.y + bend} ${to.x} ${to.y}`;
}

/**
 * The kind stands beside the number of the first access.
 * @param {Spot} spot
 * @param {string} text
 * @param {number} width of the view, in px
 */
function labelAt({ x, y }, text, width) {
  const size = textWidth(text) * 1.15 + 14;
  return { x: x + 12 + size < width ? x + 12 : x - 12 - size, y: y + BELOW, size, text };
}
