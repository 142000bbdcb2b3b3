// The space-time diagram: strands as lanes, events by time or in the order of what happened before what,
// arrows between strands, findings as numbered accesses that a line ties together.

import { serviceColor } from "../lib/colors.js";
import { choose } from "../lib/url.js";
import { html, useMemo, useRef, useState } from "../vendor/libs.js";
import { chooseEvent, showStrands } from "./choice.js";
import { Lanes } from "./lanes.js";
import { CanvasScene } from "./scene_canvas.js";
import { markAt, sceneOf } from "./scene.js";
import { SvgScene } from "./scene_svg.js";
import { notableEvents } from "./stretches.js";
import { Grid } from "./ticks.js";
import { eventLabel, sinceStart, strandName, strandNameInService, threadName } from "./told.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./lanes.js").Window} Window
 * @typedef {import("./lanes.js").Point} Point
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./scene.js").Mark} Mark
 */

/** With more lanes than this, their heads have one line. */
const MOST_ROOMY = 60;
/** More marks and arrows than this are drawn on a canvas. */
const MOST_ELEMENTS = 1500;

/** @param {{ model: Model, choice: Choice, axis: Axis, isCollapsed: boolean }} properties */
export function SpaceTime({ model, choice, axis, isCollapsed }) {
  const [over, setOver] = useState(/** @type {Mark | null} */ (null));
  const scene = useRef(/** @type {ReturnType<typeof sceneOf> | null} */ (null));
  const lanes = useMemo(() => lanesOf(model, choice), [model, choice.strands]);
  const heights = useMemo(() => lanes.map(() => laneHeight(lanes.length)), [lanes]);
  const notable = useMemo(() => (isCollapsed ? notableEvents(model, choice) : null), [model, choice, isCollapsed]);
  if (lanes.length === 0) return html`<p class="note">No event is in this part.</p>`;
  const color = (/** @type {number} */ strand) => serviceColor(model.graph.strands[strand].service);
  const draw = (/** @type {Window} */ view) => {
    scene.current = sceneOf({ model, choice, axis, lanes, notable, color }, view);
    return html`<${Drawing} scene=${scene.current} axis=${axis} view=${view} />${over && html`<${Tip} model=${model} mark=${over} view=${view} />`}`;
  };
  return html`<${Lanes} axis=${axis} heights=${heights} draw=${draw} reveal=${revealed(lanes, choice)}
    label="Space-time diagram. Plus and minus zoom, left and right pan, j and k go along a strand. The table of events below says the same."
    head=${(/** @type {number} */ lane) => html`<${Head} model=${model} strand=${lanes[lane]} choice=${choice} lanes=${lanes} />`}
    onPick=${(/** @type {Point} */ at) => pick(model, axis, scene.current && markAt(scene.current, at))}
    onPoint=${(/** @type {Point | null} */ at) => {
      const mark = at && scene.current ? markAt(scene.current, at) : null;
      if (mark?.event !== over?.event || mark?.x !== over?.x) setOver(mark);
    }} />`;
}

/**
 * @param {Model} model
 * @param {Choice} choice
 */
function lanesOf(model, { strands }) {
  return model.rows.map((_, strand) => strand).filter((strand) => model.rows[strand].length && (!strands || strands.has(strand)));
}

/** @param {number} lanes */
function laneHeight(lanes) {
  if (lanes <= 12) return 52;
  return lanes <= MOST_ROOMY ? 38 : 26;
}

/**
 * The lane that should be in view: that of the chosen strand, else of the finding.
 * @param {number[]} lanes
 * @param {Choice} choice
 */
function revealed(lanes, { strand, finding }) {
  const wanted = strand >= 0 ? strand : finding?.accesses[0]?.strand;
  return wanted === undefined ? -1 : lanes.indexOf(wanted);
}

/**
 * @param {Model} model
 * @param {Axis} axis
 * @param {Mark | null} mark
 */
function pick(model, axis, mark) {
  if (!mark) chooseEvent(null);
  else if (mark.count === 1) chooseEvent(model.graph.events[mark.event].id);
  else zoomInto(model, axis, mark);
}

/**
 * Shows a stretch, or events that are drawn as one, so that they come apart.
 * @param {Model} model
 * @param {Axis} axis
 * @param {Mark} mark
 */
function zoomInto(model, axis, mark) {
  const values = axis.mode === "time" ? model.time : model.step;
  const row = model.rows[model.strandOf[mark.event]];
  const place = model.placeOf[mark.event];
  const [from, until] = [values[mark.event], values[row[place + mark.count - 1]]];
  const margin = Math.max((until - from) * 0.2, axis.mode === "time" ? 0.001 : 1);
  axis.show([from - margin, until + margin]);
  choose({ collapse: "no" });
}

/** @param {{ scene: ReturnType<typeof sceneOf>, axis: Axis, view: Window }} properties */
function Drawing({ scene, axis, view }) {
  const elements = scene.marks.length + scene.arrows.length + scene.bars.length;
  if (elements > MOST_ELEMENTS) return html`<${CanvasScene} scene=${scene} view=${view} />`;
  return html`<${SvgScene} scene=${scene} view=${view}>
    <${Grid} axis=${axis} width=${view.width} top=${view.top} bottom=${view.bottom} />
    ${scene.chosen && html`<line class="cursor" x1=${scene.chosen.x} x2=${scene.chosen.x} y1=${view.top} y2=${view.bottom} />`}
  <//>`;
}

/** @param {{ model: Model, mark: Mark, view: Window }} properties */
function Tip({ model, mark, view }) {
  const event = model.graph.events[mark.event];
  const isLeft = mark.x > view.width / 2;
  const place = { top: `${mark.y - view.top + 14}px`, ...(isLeft ? { right: `${view.width - mark.x}px` } : { left: `${mark.x}px` }) };
  return html`<div class="tip" style=${place}>
    ${mark.count > 1
      ? html`<strong>${mark.count} events</strong><br />Press to see them one by one`
      : html`<strong>${eventLabel(model, mark.event)}</strong><br />${event.operation}<br />
        ${event.location !== "unknown" && html`<code>${event.location}</code><br />`}
        ${sinceStart(model.time[mark.event])}${event.locks.length > 0 && html`<br />holds ${event.locks.join(", ")}`}`}
  </div>`;
}

/** @param {{ model: Model, strand: number, choice: Choice, lanes: number[] }} properties */
function Head({ model, strand, choice, lanes }) {
  const { service, thread } = model.graph.strands[strand];
  const name = strandName(model, strand);
  const hide = () => showStrands(new Set(lanes.filter((lane) => lane !== strand)));
  return html`<span class=${`swatch lane-${serviceColor(service)}`}></span>
    <button class=${lanes.length > MOST_ROOMY ? "plain lane-name one-line" : "plain lane-name"} title=${`${name}, thread ${thread}`} aria-pressed=${choice.strand === strand}
      onClick=${() => choose({ strand: choice.strand === strand ? null : String(strand), event: null })}>
      ${strandNameInService(model, strand)}<small>${service} · ${threadName(thread)}</small></button>
    ${lanes.length > 1 && html`<button class="plain hide no-print" aria-label=${`Hide ${name}`} title="Hide this strand" onClick=${hide}>×</button>`}`;
}
