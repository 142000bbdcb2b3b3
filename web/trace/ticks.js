// Marks on the axis, and what stands at them.

import { html, ticks } from "../vendor/libs.js";
import { scaleOf } from "./axis.js";

/** @typedef {import("./axis.js").Axis} Axis */

/** Width of a mark with its label, in px. */
const ROOM = 96;

/**
 * @param {Axis} axis
 * @param {number} width in px
 * @returns {{ x: number, label: string }[]}
 */
export function ticksOf({ mode, span }, width) {
  const values = ticks(span[0], span[1], Math.max(2, Math.floor(width / ROOM)));
  const x = scaleOf(span, width);
  const step = values.length > 1 ? values[1] - values[0] : 1;
  const label = mode === "time" ? timeLabel(step, Math.max(Math.abs(span[0]), Math.abs(span[1]))) : stepLabel;
  return values.map((value) => ({ x: x(value), label: label(value) })).filter((tick) => tick.label !== "");
}

/** @param {number} value */
function stepLabel(value) {
  return Number.isInteger(value) && value >= 0 ? `step ${value + 1}` : "";
}

/**
 * Labels in one unit with as many decimals as the marks differ by.
 * @param {number} step in ms
 * @param {number} most in ms
 */
function timeLabel(step, most) {
  const [unit, size] = most < 1 ? ["µs", 0.001] : most < 1000 ? ["ms", 1] : ["s", 1000];
  const decimals = Math.max(0, Math.ceil(-Math.log10(step / Number(size)) - 1e-9));
  return (/** @type {number} */ value) => `${(value / Number(size)).toFixed(decimals)} ${unit}`;
}

/**
 * The marks with their labels, above lanes.
 * @param {{ axis: Axis, width: number }} properties
 */
export function Ticks({ axis, width }) {
  return html`<svg class="ticks" width=${width} height="20" aria-hidden="true">
    ${ticksOf(axis, width).map(({ x, label }) => html`
      <line x1=${x} x2=${x} y1="14" y2="20" /><text x=${x + (x < 20 ? 2 : 0)} y="11" text-anchor=${x < 20 ? "start" : x > width - 30 ? "end" : "middle"}>${label}</text>`)}
  </svg>`;
}

/**
 * The marks as lines behind lanes.
 * @param {{ axis: Axis, width: number, top: number, bottom: number }} properties
 */
export function Grid({ axis, width, top, bottom }) {
  return html`<g class="grid">${ticksOf(axis, width).map(({ x }) => html`<line x1=${x} x2=${x} y1=${top} y2=${bottom} />`)}</g>`;
}
