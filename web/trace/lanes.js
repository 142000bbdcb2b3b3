// Rows with a head at the left and a drawing on the shared axis at the right; only what is in view is drawn.

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/libs.js";
import { usePrinting } from "../lib/printing.js";
import { steer, useGestures } from "./gestures.js";
import { Ticks } from "./ticks.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./gestures.js").Point} Point
 */

/**
 * What there is to draw: rows [first, until) between two heights in px.
 * @typedef {object} Window
 * @property {number} width of the drawing, in px
 * @property {number} top
 * @property {number} bottom
 * @property {number} first
 * @property {number} until
 * @property {Float64Array} offsets where each row begins, and where the last one ends
 */

/**
 * @typedef {object} LanesProperties
 * @property {Axis} axis
 * @property {number[]} heights of the rows, in px
 * @property {string} label what this is, for those who don't see it
 * @property {(row: number) => any} head
 * @property {(window: Window) => any} draw the drawing, in px from the left of the axis and the top of the first row
 * @property {(at: Point, window: Window) => void} [onPick] what was pressed
 * @property {(at: Point | null, window: Window) => void} [onPoint] what the pointer is over
 * @property {number} [reveal] a row to scroll to when this changes
 */

/** What can be seen of many rows: a share of the window's height, and no less than so many px. */
const MOST = { share: 0.55, least: 320 };
/** Rows are drawn that far above and below what is in view, in px. */
const MARGIN = 60;
/** What fits on a printed page, in px. */
const PRINTED = { width: 540, height: 3000 };

/** @param {LanesProperties} properties */
export function Lanes({ axis, heights, label, head, draw, onPick, onPoint, reveal }) {
  const plot = useRef(/** @type {HTMLDivElement | null} */ (null));
  const scroller = useRef(/** @type {HTMLDivElement | null} */ (null));
  const offsets = useMemo(() => offsetsOf(heights), [heights]);
  const printing = usePrinting();
  const measured = useWidth(plot);
  const width = printing ? PRINTED.width : measured;
  const [scroll, setScroll] = useState(0);
  const most = Math.max(MOST.least, Math.round(innerHeight * MOST.share));
  const view = windowOf(offsets, printing ? 0 : scroll, width, printing ? PRINTED.height : most);
  const inContent = (/** @type {Point} */ at) => ({ x: at.x, y: at.y + view.top });
  useGestures(plot, axis, (at) => onPick?.(inContent(at), view));
  useReveal(scroller, offsets, reveal);
  const height = offsets[heights.length];
  return html`<div class="lanes">
    <div class="lanes-axis"><span></span><${Ticks} axis=${axis} width=${width} /></div>
    <div class="lanes-scroll" ref=${scroller} tabindex="0" role="group" aria-label=${label}
      style=${{ maxHeight: printing ? "none" : `${most}px` }}
      onScroll=${(/** @type {any} */ event) => setScroll(event.currentTarget.scrollTop)}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => steer(event, axis) && event.preventDefault()}>
      <div class="lanes-content" style=${{ height: `${height}px` }}>
        ${range(view.first, view.until).map((row) => html`
          <div class="lane-head" key=${row} style=${{ top: `${offsets[row]}px`, height: `${heights[row]}px` }}>${head(row)}</div>`)}
        <div class="plot" ref=${plot} style=${{ top: `${view.top}px`, height: `${view.bottom - view.top}px` }}
          onPointerMove=${(/** @type {PointerEvent} */ event) => onPoint?.(inContent(pointIn(plot, event)), view)}
          onPointerLeave=${() => onPoint?.(null, view)}>
          ${width > 0 && draw(view)}
        </div>
      </div>
    </div>
  </div>`;
}

/** @param {number[]} heights */
function offsetsOf(heights) {
  const offsets = new Float64Array(heights.length + 1);
  heights.forEach((height, row) => { offsets[row + 1] = offsets[row] + height; });
  return offsets;
}

/**
 * @param {Float64Array} offsets
 * @param {number} scroll
 * @param {number} width
 * @param {number} height
 * @returns {Window}
 */
function windowOf(offsets, scroll, width, height) {
  const all = offsets[offsets.length - 1];
  const top = Math.max(0, Math.min(scroll - MARGIN, all - height));
  const bottom = Math.min(all, scroll + height + MARGIN);
  const first = Math.max(0, search(offsets, top) - 1);
  const until = Math.min(offsets.length - 1, search(offsets, bottom));
  return { width, top, bottom, first, until, offsets };
}

/**
 * The first offset above a value.
 * @param {Float64Array} offsets
 * @param {number} value
 */
function search(offsets, value) {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The row at a height.
 * @param {Window} view
 * @param {number} y
 */
export function rowAt(view, y) {
  return Math.min(view.offsets.length - 2, search(view.offsets, y) - 1);
}

/**
 * @param {number} from
 * @param {number} until
 */
export function range(from, until) {
  return Array.from({ length: Math.max(0, until - from) }, (_, index) => from + index);
}

/**
 * @param {{ current: HTMLElement | null }} element
 * @param {PointerEvent} event
 */
function pointIn(element, event) {
  const { left, top } = /** @type {HTMLElement} */ (element.current).getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

/**
 * The width of an element in px, as it changes.
 * @param {{ current: HTMLElement | null }} element
 */
export function useWidth(element) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const target = /** @type {HTMLElement} */ (element.current);
    setWidth(target.clientWidth);
    const observer = new ResizeObserver(() => setWidth(target.clientWidth));
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return width;
}

/**
 * @param {{ current: HTMLElement | null }} scroller
 * @param {Float64Array} offsets
 * @param {number | undefined} row
 */
function useReveal(scroller, offsets, row) {
  useEffect(() => {
    const target = scroller.current;
    if (!target || row === undefined || row < 0 || row + 1 >= offsets.length) return;
    const [top, bottom] = [offsets[row], offsets[row + 1]];
    if (top >= target.scrollTop && bottom <= target.scrollTop + target.clientHeight) return;
    target.scrollTop = (top + bottom - target.clientHeight) / 2;
  }, [row, offsets]);
}
