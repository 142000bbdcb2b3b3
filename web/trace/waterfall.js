// The waterfall: what took how long, nested, with the part of each that the end of the trace waited for.

import { formatDuration, formatCount, plural, shorten, toMs } from "../lib/format.js";
import { serviceColor } from "../lib/colors.js";
import { textWidth } from "../lib/text.js";
import { html, useMemo } from "../vendor/libs.js";
import { scaleOf } from "./axis.js";
import { clipSpan } from "./clip.js";
import { chooseEvent } from "./choice.js";
import { Lanes, range, rowAt } from "./lanes.js";
import { Cursor } from "./locks.js";
import { Grid } from "./ticks.js";

/**
 * @typedef {import("../lib/types.js").TreeRow} TreeRow
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./lanes.js").Window} Window
 * @typedef {import("./lanes.js").Point} Point
 * @typedef {import("./model.js").Model} Model
 */

const HEIGHT = 26;

/** @param {{ model: Model, choice: Choice, axis: Axis, isCriticalOnly: boolean }} properties */
export function Waterfall({ model, choice, axis, isCriticalOnly }) {
  const rows = useMemo(() => rowsOf(model, choice.strands, isCriticalOnly), [model, choice.strands, isCriticalOnly]);
  const heights = useMemo(() => rows.map(() => HEIGHT), [rows]);
  const chosen = model.graph.events[choice.event]?.id;
  const draw = (/** @type {Window} */ view) => html`<svg class="scene" width=${view.width} height=${view.bottom - view.top}
      viewBox=${`0 ${view.top} ${view.width} ${view.bottom - view.top}`} aria-hidden="true">
    <${Grid} axis=${axis} width=${view.width} top=${view.top} bottom=${view.bottom} />
    <${Cursor} model=${model} choice=${choice} axis=${axis} view=${view} />
    ${range(view.first, view.until).map((row) => html`<${Span} key=${rows[row].event_id} row=${rows[row]} y=${view.offsets[row]}
      from=${toMs(rows[row].from) - model.start} axis=${axis} width=${view.width} />`)}
  </svg>`;
  return html`<${Lanes} axis=${axis} heights=${heights} draw=${draw} label="Waterfall. The table of events below says the same."
    reveal=${chosen === undefined ? -1 : rows.findIndex(({ event_id }) => event_id === chosen)}
    head=${(/** @type {number} */ row) => html`<${Head} row=${rows[row]} isChosen=${rows[row].event_id === chosen} />`}
    onPick=${(/** @type {Point} */ at, /** @type {Window} */ view) => chooseEvent(rows[rowAt(view, at.y)]?.event_id ?? null)} />`;
}

/**
 * @param {Model} model
 * @param {Set<number> | null} strands
 * @param {boolean} isCriticalOnly
 */
function rowsOf({ graph }, strands, isCriticalOnly) {
  return graph.tree.filter((row) => (!strands || strands.has(row.strand)) && (!isCriticalOnly || row.on_critical_path));
}

/** @param {{ row: TreeRow, y: number, from: number, axis: Axis, width: number }} properties */
function Span({ row, y, from, axis, width }) {
  const x = scaleOf(axis.span, width);
  const [begin, end] = [x(from), Math.max(x(from) + 3, x(from + row.duration_ms))];
  if (begin > width || end < 0) return null;
  const [start, until] = clipSpan(begin, end, width);
  const size = until - start;
  const label = row.on_critical_path && row.critical_ms > 0
    ? `${formatDuration(row.duration_ms)}, critical ${formatDuration(row.critical_ms)}`
    : row.duration_ms > 0 ? formatDuration(row.duration_ms) : "";
  const text = labelPlace(start, size, textWidth(label), width);
  return html`<g class=${`span lane-${serviceColor(row.service)} ${row.on_critical_path ? "critical-path" : ""}`}>
    <rect x=${start} y=${y + 6} width=${size} height="12" rx="2" />
    ${row.on_critical_path && html`<line x1=${start} x2=${start + size} y1=${y + 20.5} y2=${y + 20.5} />`}
    ${label && html`<text x=${text.x} y=${y + 16} text-anchor=${text.anchor}>${label}</text>`}
  </g>`;
}

/**
 * Behind the bar, else within it, else before it: where there is room.
 * @param {number} start
 * @param {number} size of the bar
 * @param {number} text how wide the label is
 * @param {number} width of the view
 */
function labelPlace(start, size, text, width) {
  const end = start + size;
  if (end + text + 8 < width) return { x: end + 5, anchor: "start" };
  const seen = Math.min(end, width) - Math.max(start, 0);
  return seen > text + 10 ? { x: Math.max(0, start) + 6, anchor: "start" } : { x: start - 5, anchor: "end" };
}

/** @param {{ row: TreeRow, isChosen: boolean }} properties */
function Head({ row, isChosen }) {
  return html`<button class="plain lane-name one-line" aria-pressed=${isChosen} title=${`${row.operation}, ${row.service}`}
    style=${{ paddingLeft: `${4 + Math.min(row.depth, 12) * 10}px` }} onClick=${() => chooseEvent(row.event_id)}>
    ${row.on_critical_path ? html`<strong>${shorten(row.operation, 60)}</strong>` : shorten(row.operation, 60)}</button>`;
}

/**
 * What the critical path is, in a sentence.
 * @param {{ model: Model }} properties
 */
export function CriticalPathSentence({ model }) {
  const path = model.graph.critical_path;
  if (!path) return null;
  return html`<p class="small muted">The end of the trace waited for ${plural(path.path_events, "event")}, underlined:
    ${" "}${formatDuration(path.total_duration_ms)} of ${formatDuration(path.trace_total_duration_ms)}
    ${" "}(${formatCount(Math.round(path.percentage_of_total))} %).</p>`;
}
