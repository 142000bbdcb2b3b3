// How many events each service has over time, where there are too many to draw: what is at hand is drawn at
// once, and finer when the answer comes.

import { html, useLayoutEffect, useMemo, useRef } from "../vendor/libs.js";
import { formatCount, toMs } from "../lib/format.js";
import { serviceColor } from "../lib/colors.js";
import { scaleOf } from "./axis.js";
import { Lanes } from "./lanes.js";
import { prepare } from "./canvas.js";

/**
 * @typedef {import("../lib/types.js").Density} Density
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./lanes.js").Window} Window
 */

const HEIGHT = 46;

/**
 * @param {{ density: Density, start: number, axis: Axis }} properties `start`: ms since 1970 of the axis' 0
 */
export function DensityLanes({ density, start, axis }) {
  const { lanes } = density;
  const heights = useMemo(() => lanes.map(() => HEIGHT), [lanes.length]);
  return html`<${Lanes} axis=${axis} heights=${heights}
    label="Events of each service over time. Plus and minus zoom, arrows pan."
    head=${(/** @type {number} */ row) => html`<span class=${`swatch lane-${serviceColor(lanes[row].service)}`}></span>
      <span class="lane-name">${lanes[row].service}<small>${formatCount(sum(lanes[row].counts))} events</small></span>`}
    draw=${(/** @type {Window} */ view) => html`<${Histogram} density=${density} start=${start} axis=${axis} view=${view} />`}
    onPick=${(/** @type {{ x: number }} */ { x }, /** @type {Window} */ view) => axis.zoom(4, x / view.width)} />`;
}

/** @param {number[]} counts */
function sum(counts) {
  return counts.reduce((total, count) => total + count, 0);
}

/** @param {{ density: Density, start: number, axis: Axis, view: Window }} properties */
function Histogram({ density, start, axis, view }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useLayoutEffect(() => draw(/** @type {HTMLCanvasElement} */ (canvas.current), density, start, axis, view));
  return html`<canvas class="scene" ref=${canvas} aria-hidden="true"></canvas>`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Density} density
 * @param {number} start
 * @param {Axis} axis
 * @param {Window} view
 */
function draw(canvas, density, start, axis, view) {
  const { context, color } = prepare(canvas, view.width, view.bottom - view.top);
  context.translate(0, -view.top);
  const x = scaleOf(axis.span, view.width);
  const from = toMs(density.from) - start;
  const size = x(density.bucket_ms) - x(0);
  const most = density.lanes.reduce((max, { counts }) => counts.reduce((a, b) => Math.max(a, b), max), 1);
  for (let row = view.first; row < view.until; row += 1) {
    const { service, counts } = density.lanes[row];
    const base = view.offsets[row + 1] - 5;
    context.fillStyle = color("line");
    context.fillRect(0, base, view.width, 1);
    context.fillStyle = color(`lane-${serviceColor(service)}`);
    counts.forEach((count, bucket) => {
      const at = x(from + bucket * density.bucket_ms);
      if (count === 0 || at + size < 0 || at > view.width) return;
      const height = 2 + (Math.log1p(count) / Math.log1p(most)) * (HEIGHT - 14);
      context.fillRect(at, base - height, Math.max(1, size > 4 ? size - 1 : size), height);
    });
  }
}
