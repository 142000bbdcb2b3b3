// Locks, by lock or by strand, on the shared axis: a filled bar while one is held, a hatched one while it is
// waited for.

import { formatDuration, plural, toMs } from "../lib/format.js";
import { textWidth } from "../lib/text.js";
import { choose } from "../lib/url.js";
import { html, useMemo, useRef } from "../vendor/libs.js";
import { scaleOf } from "./axis.js";
import { clipSpan } from "./clip.js";
import { chooseEvent } from "./choice.js";
import { holdSpan } from "./holds.js";
import { Lanes } from "./lanes.js";
import { Grid } from "./ticks.js";
import { strandName } from "./told.js";

/**
 * @typedef {import("../lib/types.js").Hold} Hold
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./lanes.js").Window} Window
 * @typedef {import("./lanes.js").Point} Point
 * @typedef {import("./model.js").Model} Model
 */

/**
 * @typedef {object} Bar
 * @property {Hold} hold
 * @property {number} wait where waiting began, on the axis; `from` where nobody waited
 * @property {number} from
 * @property {number} until
 * @property {number} level from 0: bars that overlap lie beneath each other
 * @property {string} text
 */

/** @typedef {{ key: string, name: string, note: string, strand: number, lock: string | null, bars: Bar[], levels: number }} Row */

const LEVEL = 20;

/** @param {{ model: Model, choice: Choice, axis: Axis, by: "lock" | "strand" }} properties */
export function Locks({ model, choice, axis, by }) {
  const rows = useMemo(() => rowsOf(model, axis.mode, by, choice.strands), [model, axis.mode, by, choice.strands]);
  const heights = useMemo(() => rows.map(({ levels }) => levels * LEVEL + 12), [rows]);
  const drawn = useRef(/** @type {{ bar: Bar, x: number, until: number, y: number }[]} */ ([]));
  const draw = (/** @type {Window} */ view) => {
    drawn.current = placed(rows, axis, view);
    return html`<svg class="scene" width=${view.width} height=${view.bottom - view.top} viewBox=${`0 ${view.top} ${view.width} ${view.bottom - view.top}`} aria-hidden="true">
      <${Grid} axis=${axis} width=${view.width} top=${view.top} bottom=${view.bottom} />
      <${Cursor} model=${model} choice=${choice} axis=${axis} view=${view} />
      ${drawn.current.map((bar) => html`<${HoldBar} ...${bar} choice=${choice} scale=${scaleOf(axis.span, view.width)} />`)}
    </svg>`;
  };
  return html`<${Lanes} axis=${axis} heights=${heights} draw=${draw} label="Locks over time. The table below says the same."
    head=${(/** @type {number} */ row) => html`<${Head} row=${rows[row]} choice=${choice} />`}
    onPick=${(/** @type {Point} */ at) => {
      const bar = drawn.current.find(({ x, until, y }) => at.x >= x - 4 && at.x <= until + 4 && at.y >= y && at.y <= y + LEVEL);
      if (bar) chooseEvent(bar.bar.hold.acquired);
    }} />`;
}

/**
 * @param {Model} model
 * @param {"time" | "order"} mode
 * @param {"lock" | "strand"} by
 * @param {Set<number> | null} strands those that are shown
 * @returns {Row[]}
 */
function rowsOf(model, mode, by, strands) {
  /** @type {Map<string, Row>} */
  const rows = new Map();
  for (const hold of model.graph.holds) {
    if (strands && !strands.has(hold.strand)) continue;
    const key = by === "lock" ? `${hold.service}:${hold.lock}` : String(hold.strand);
    const row = rows.get(key) ?? newRow(model, hold, key, by);
    row.bars.push(barOf(model, hold, mode, by));
    rows.set(key, row);
  }
  for (const row of rows.values()) finish(row);
  return [...rows.values()];
}

/**
 * @param {Model} model
 * @param {Hold} hold
 * @param {string} key
 * @param {"lock" | "strand"} by
 * @returns {Row}
 */
function newRow(model, hold, key, by) {
  const isByLock = by === "lock";
  return { key, name: isByLock ? hold.lock : strandName(model, hold.strand), note: hold.service,
    strand: isByLock ? -1 : hold.strand, lock: isByLock ? hold.lock : null, bars: [], levels: 1 };
}

/**
 * @param {Model} model
 * @param {Hold} hold
 * @param {"time" | "order"} mode
 * @param {"lock" | "strand"} by
 * @returns {Bar}
 */
function barOf(model, hold, mode, by) {
  const text = (by === "lock" ? strandName(model, hold.strand) : hold.lock) + (hold.mode === "shared" ? " (shared)" : "");
  return { hold, ...holdSpan(model, hold, mode), level: 0, text };
}

/**
 * Lays bars that overlap beneath each other, and counts.
 * @param {Row} row
 */
function finish(row) {
  /** @type {number[]} */
  const ends = [];
  for (const bar of row.bars.sort((a, b) => a.wait - b.wait)) {
    const free = ends.findIndex((end) => end <= bar.wait);
    bar.level = free < 0 ? ends.length : free;
    ends[bar.level] = bar.until;
  }
  row.levels = Math.max(1, ends.length);
  const waits = row.bars.filter(({ hold }) => hold.wait_from);
  const waited = waits.reduce((sum, { hold }) => sum + toMs(hold.from) - toMs(/** @type {string} */ (hold.wait_from)), 0);
  row.note += ` · ${plural(row.bars.length, "hold")}${waits.length ? `, waited ${formatDuration(waited)}` : ""}`;
}

/**
 * @param {Row[]} rows
 * @param {Axis} axis
 * @param {Window} view
 */
function placed(rows, axis, view) {
  const x = scaleOf(axis.span, view.width);
  const bars = [];
  for (let row = view.first; row < view.until; row += 1) {
    for (const bar of rows[row].bars) {
      if (Math.max(x(bar.until), x(bar.from) + 2) < 0 || x(bar.wait) > view.width) continue;
      const [from, until] = clipSpan(x(bar.wait), Math.max(x(bar.until), x(bar.from) + 2), view.width);
      const room = Math.min(...rows[row].bars.filter((other) => other.level === bar.level && other.wait >= bar.until).map(({ wait }) => x(wait)), view.width);
      bars.push({ bar, x: from, until, y: view.offsets[row] + 6 + bar.level * LEVEL, isLast: until + textWidth(bar.text) + 10 < room });
    }
  }
  return bars;
}

/** @param {{ bar: Bar, x: number, until: number, y: number, isLast: boolean, choice: Choice, scale: (value: number) => number }} properties */
function HoldBar({ bar, x, until, y, isLast, choice, scale }) {
  const from = Math.min(Math.max(x, scale(bar.from)), until);
  const isChosen = choice.strand === bar.hold.strand || choice.lock === bar.hold.lock;
  const shown = [Math.max(0, from), until];
  const size = textWidth(bar.text) + 8;
  const isInside = size < shown[1] - shown[0];
  return html`<g class=${`hold ${bar.hold.mode} ${isChosen ? "chosen" : ""}`}>
    ${from > x && html`<rect class="wait" x=${x} y=${y + 3} width=${from - x} height=${LEVEL - 8} />`}
    <rect class="held" x=${from} y=${y + 1} width=${Math.max(2, until - from)} height=${LEVEL - 4} rx="2" />
    ${(isInside || isLast) && html`<text x=${isInside ? shown[0] + 5 : shown[1] + 5} y=${y + 13}>${bar.text}</text>`}
  </g>`;
}

/**
 * Where the chosen event is.
 * @param {{ model: Model, choice: Choice, axis: Axis, view: Window }} properties
 */
export function Cursor({ model, choice, axis, view }) {
  if (choice.event < 0) return null;
  const x = scaleOf(axis.span, view.width)((axis.mode === "time" ? model.time : model.step)[choice.event]);
  return html`<line class="cursor" x1=${x} x2=${x} y1=${view.top} y2=${view.bottom} />`;
}

/** @param {{ row: Row, choice: Choice }} properties */
function Head({ row, choice }) {
  const isChosen = row.lock !== null ? choice.lock === row.lock : choice.strand === row.strand;
  const toggle = () => (row.lock !== null
    ? choose({ lock: isChosen ? null : row.lock })
    : choose({ strand: isChosen ? null : String(row.strand), event: null }));
  return html`<button class="plain lane-name" aria-pressed=${isChosen} title=${row.name} onClick=${toggle}>${row.name}<small>${row.note}</small></button>`;
}
