// What the space-time diagram shows of a window, as marks with their places in px. Two renderers draw it.

import { scaleOf } from "./axis.js";
import { clipLine, clipSpan } from "./clip.js";
import { findingLinks } from "./scene_findings.js";
import { holdSpan } from "./holds.js";
import { glyphOf } from "./glyphs.js";
import { placeLabels } from "./scene_labels.js";
import { stretchesOf } from "./stretches.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./lanes.js").Window} Window
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./glyphs.js").Glyph} Glyph
 */

/**
 * One event, or several that are drawn as one.
 * @typedef {object} Mark
 * @property {number} x
 * @property {number} y
 * @property {number} until x of the last of several
 * @property {number} event the first
 * @property {number} count
 * @property {Glyph} glyph
 * @property {number} color 1 to 8, of its service
 * @property {boolean} isMarked by what is chosen: never merged with others
 * @property {{ text: string, x: number, y: number, anchor: "start" | "middle" | "end" } | null} label
 */

/**
 * @typedef {object} Line of a strand, from its first to its last event
 * @property {number} x
 * @property {number} until
 * @property {number} y
 * @property {number} color
 * @property {boolean} isChosen
 */

/** @typedef {{ x1: number, y1: number, x2: number, y2: number, kind: string }} Arrow */
/** @typedef {{ x: number, y: number, width: number, color: number }} Bar how long an event took */
/** @typedef {{ x: number, y: number, width: number }} Band of events that nothing orders with the chosen one, or under the chosen lock */

/**
 * @typedef {object} Scene
 * @property {Mark[]} marks
 * @property {Line[]} lines
 * @property {Bar[]} bars
 * @property {Band[]} bands
 * @property {Band[]} holds
 * @property {Arrow[]} arrows
 * @property {import("./scene_findings.js").FindingLink[]} findings
 * @property {Mark | null} chosen
 */

/**
 * @typedef {object} Stage
 * @property {Model} model
 * @property {Choice} choice
 * @property {Axis} axis
 * @property {number[]} lanes strands, from top to bottom
 * @property {Uint8Array | null} notable events that are not collapsed
 * @property {(strand: number) => number} color
 */

/** Marks nearer than this are merged, in px. */
const NEAR = 9;
/** With more arrows than this, those that only pass are left out. */
const MANY_ARROWS = 60;
/** Accesses of a variable that stand out, at most. */
const MOST_MARKED = 300;
/** Marks so far outside are still drawn, in px: their labels reach in. */
const OUTSIDE = 40;

/**
 * @param {Stage} stage
 * @param {Window} view
 * @returns {Scene}
 */
export function sceneOf(stage, view) {
  const { model, choice, lanes } = stage;
  const place = placer(stage, view);
  const marked = markedEvents(choice, model);
  /** @type {Scene} */
  const scene = { marks: [], lines: [], bars: [], bands: [], holds: [], arrows: [], findings: [], chosen: null };
  for (let lane = view.first; lane < view.until; lane += 1) addLane(scene, stage, place, lanes[lane], marked, view);
  scene.arrows = arrowsOf(model, place, view);
  scene.findings = findingLinks(model, choice, place, view);
  scene.marks.sort((a, b) => Number(a.isMarked) - Number(b.isMarked));
  scene.chosen = scene.marks.find(({ event, count }) => event === choice.event && count === 1) ?? null;
  placeLabels(model, scene.marks, view, stage.lanes.length);
  return scene;
}

/** @typedef {{ x: (event: number) => number, y: (strand: number) => number, isShown: (strand: number) => boolean, px: (value: number) => number }} Place */

/**
 * @param {Stage} stage
 * @param {Window} view
 * @returns {Place}
 */
function placer({ model, axis, lanes }, view) {
  const px = scaleOf(axis.span, view.width);
  const values = axis.mode === "time" ? model.time : model.step;
  const laneOf = new Map(lanes.map((strand, lane) => [strand, lane]));
  return {
    px,
    x: (event) => px(values[event]),
    y: (strand) => {
      const lane = laneOf.get(strand) ?? 0;
      return view.offsets[lane] + (view.offsets[lane + 1] - view.offsets[lane]) * 0.54;
    },
    isShown: (strand) => laneOf.has(strand),
  };
}

/**
 * @param {Choice} choice
 * @param {Model} model
 */
function markedEvents({ event, finding, variable, isVariableAsked }, model) {
  const accesses = [...(finding?.accesses ?? []), ...(isVariableAsked ? variable?.accesses.slice(0, MOST_MARKED) ?? [] : [])];
  const marked = new Set(accesses.map(({ event_id }) => model.indexOf.get(event_id) ?? -1));
  return marked.add(event);
}

/** @typedef {{ strand: number, row: number[], color: number, y: number }} Lane */

/**
 * @param {Scene} scene
 * @param {Stage} stage
 * @param {Place} place
 * @param {number} strand
 * @param {Set<number>} marked
 * @param {Window} view
 */
function addLane(scene, stage, place, strand, marked, view) {
  const row = stage.model.rows[strand];
  if (row.length === 0) return;
  const lane = { strand, row, color: stage.color(strand), y: place.y(strand) };
  const [x, until] = clipSpan(place.x(row[0]), place.x(row[row.length - 1]), view.width);
  scene.lines.push({ x, until, y: lane.y, color: lane.color, isChosen: strand === stage.choice.strand });
  addHolds(scene, stage, place, lane, view);
  addBand(scene, stage, place, lane, view);
  if (stage.axis.mode === "time") addBars(scene, stage.model, place, lane, view);
  addMarks(scene, stage, place, lane, marked, view);
}

/**
 * Events and stretches; those that would lie on each other are one mark.
 * @param {Scene} scene
 * @param {Stage} stage
 * @param {Place} place
 * @param {Lane} lane
 * @param {Set<number>} marked
 * @param {Window} view
 */
function addMarks(scene, stage, place, { row, color, y }, marked, view) {
  /** @type {Mark | null} */
  let last = null;
  for (const { first, count } of stretchesOf(row, stage.notable)) {
    const event = row[first];
    const [begin, end] = [place.x(event), place.x(row[first + count - 1])];
    if (end < -OUTSIDE || begin > view.width + OUTSIDE) continue;
    const [x, until] = clipSpan(begin, end, view.width);
    const isMarked = marked.has(event);
    if (last && !isMarked && !last.isMarked && Math.abs(x - last.until) < NEAR) {
      last.count += count;
      last.until = Math.max(last.until, until);
    } else {
      last = { x, until, y, event, count, glyph: glyphOf(stage.model, event), color, isMarked, label: null };
      scene.marks.push(last);
    }
  }
}

/**
 * How long events took, up to when they were recorded.
 * @param {Scene} scene
 * @param {Model} model
 * @param {Place} place
 * @param {Lane} lane
 * @param {Window} view
 */
function addBars(scene, model, place, { row, color, y }, view) {
  for (const event of row) {
    const { duration_ms } = model.graph.events[event];
    if (!duration_ms) continue;
    const [x, until] = clipSpan(place.px(model.time[event] - duration_ms), place.x(event), view.width);
    if (until - x > 3) scene.bars.push({ x, y, width: until - x, color });
  }
}

/**
 * What nothing orders with the chosen event.
 * @param {Scene} scene
 * @param {Stage} stage
 * @param {Place} place
 * @param {Lane} lane
 * @param {Window} view
 */
function addBand(scene, { model, choice }, place, { strand, row, y }, view) {
  const order = choice.event >= 0 && model.strandOf[choice.event] !== strand ? model.order() : null;
  if (!order) return;
  const [from, until] = order.unorderedIn(choice.event, strand);
  if (from === until) return;
  const [x, end] = clipSpan(place.x(row[from]) - 9, place.x(row[until - 1]) + 9, view.width);
  scene.bands.push({ x, y, width: Math.max(0, end - x) });
}

/**
 * Where a strand holds the chosen lock.
 * @param {Scene} scene
 * @param {Stage} stage
 * @param {Place} place
 * @param {Lane} lane
 * @param {Window} view
 */
function addHolds(scene, { model, choice, axis }, place, { strand, y }, view) {
  if (choice.lock === null) return;
  for (const hold of model.graph.holds) {
    if (hold.lock !== choice.lock || hold.strand !== strand) continue;
    const { from, until } = holdSpan(model, hold, axis.mode);
    const [x, end] = clipSpan(place.px(from) - 8, place.px(until) + 8, view.width);
    if (end > x) scene.holds.push({ x, y, width: end - x });
  }
}

/**
 * @param {Model} model
 * @param {Place} place
 * @param {Window} view
 * @returns {Arrow[]}
 */
function arrowsOf(model, place, view) {
  const arrows = [];
  for (const { from, to, kind } of model.edges) {
    const [one, other] = [model.strandOf[from], model.strandOf[to]];
    if (!place.isShown(one) || !place.isShown(other) || one === other) continue;
    const arrow = { x1: place.x(from), y1: place.y(one), x2: place.x(to), y2: place.y(other), kind };
    if (touches(arrow, view)) arrows.push({ ...clipLine(arrow, view.width), kind });
  }
  return arrows.length > MANY_ARROWS ? arrows.filter((arrow) => ends(arrow, view)) : arrows;
}

/**
 * Whether an arrow begins or ends in the view, and does not only pass.
 * @param {Arrow} arrow
 * @param {Window} view
 */
function ends({ y1, y2 }, { top, bottom }) {
  return [y1, y2].some((y) => y > top && y < bottom);
}

/**
 * Whether a line between two places can be seen.
 * @param {{ x1: number, y1: number, x2: number, y2: number }} line
 * @param {Window} view
 */
export function touches({ x1, y1, x2, y2 }, { width, top, bottom }) {
  return Math.max(x1, x2) > 0 && Math.min(x1, x2) < width && Math.max(y1, y2) > top && Math.min(y1, y2) < bottom;
}

/**
 * The mark at a place, within reach of a finger.
 * @param {Scene} scene
 * @param {{ x: number, y: number }} at
 */
export function markAt(scene, at) {
  let [nearest, least] = [/** @type {Mark | null} */ (null), 14];
  for (const mark of scene.marks) {
    const aside = at.x < mark.x ? mark.x - at.x : Math.max(0, at.x - mark.until);
    const distance = Math.hypot(aside, mark.y - at.y);
    if (distance < least) [nearest, least] = [mark, distance];
  }
  return nearest;
}
