// The axis that space-time, locks and waterfall share: time since the trace began in ms, or steps of the order.
// Which part of it is in view stands in the query as FROM..UNTIL, `zoom` or `steps`, once it has come to rest.

import { choose, readLocation } from "../lib/url.js";
import { useCallback, useEffect, useMemo, useRef, useState } from "../vendor/libs.js";

/**
 * @typedef {[number, number]} Span
 * @typedef {"time" | "order"} AxisMode
 */

/**
 * @typedef {object} Axis
 * @property {AxisMode} mode
 * @property {Span} full all there is
 * @property {Span} span what is in view
 * @property {boolean} isZoomed
 * @property {(factor: number, around?: number) => void} zoom by a factor, keeping a share (0 to 1) of the view in place
 * @property {(share: number) => void} pan by a share of the view
 * @property {(span: Span | null) => void} show
 */

/** @type {Record<AxisMode, string>} */
const PARAMETER = { time: "zoom", order: "steps" };
/** A view of this share of all there is shows all: sums of fractions are not exact. */
const ALMOST = 1 - 1e-9;
/** How long a view rests until the query says it, in ms: browsers limit how often it may change. */
const RESTS = 250;

/**
 * @param {AxisMode} mode
 * @param {Span} full
 * @param {number} least the smallest span that can be shown
 * @returns {Axis}
 */
export function useAxis(mode, full, least) {
  const [span, setSpan] = useState(() => readSpan(readLocation().query.get(PARAMETER[mode])));
  useSpanInQuery(PARAMETER[mode], span);
  const current = span ? within(span, full, least) : full;
  const change = useCallback((/** @type {(now: Span) => Span | null} */ next) => {
    setSpan((before) => {
      const wanted = next(before ? within(before, full, least) : full);
      const kept = wanted && within(wanted, full, least);
      return kept && kept[1] - kept[0] < (full[1] - full[0]) * ALMOST ? kept : null;
    });
  }, [full[0], full[1], least]);
  return useMemo(() => ({
    mode, full, span: current, isZoomed: span !== null,
    zoom: (factor, around = 0.5) => change((now) => zoomed(now, factor, around)),
    pan: (share) => change((now) => panned(now, share)),
    show: (wanted) => change(() => wanted),
  }), [mode, full[0], full[1], current[0], current[1], change]);
}

/** @param {string | null} text */
function readSpan(text) {
  const [from, until] = (text ?? "").split("..").map(Number);
  return until > from ? /** @type {Span} */ ([from, until]) : null;
}

/**
 * @param {string} parameter
 * @param {Span | null} span
 */
function useSpanInQuery(parameter, span) {
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return undefined;
    }
    const text = span && `${rounded(span[0])}..${rounded(span[1])}`;
    const timer = setTimeout(() => choose({ [parameter]: text }), RESTS);
    return () => clearTimeout(timer);
  }, [parameter, span]);
}

/** @param {number} value in ms, to the nanosecond */
function rounded(value) {
  return Number(value.toFixed(6));
}

/**
 * @param {Span} span
 * @param {number} factor above 1 shows less
 * @param {number} around
 * @returns {Span}
 */
function zoomed([from, until], factor, around) {
  const fixed = from + (until - from) * around;
  return [fixed - (fixed - from) / factor, fixed + (until - fixed) / factor];
}

/**
 * @param {Span} span
 * @param {number} share
 * @returns {Span}
 */
function panned([from, until], share) {
  const by = (until - from) * share;
  return [from + by, until + by];
}

/**
 * A span moved into the bounds, and not smaller than the least.
 * @param {Span} span
 * @param {Span} bounds
 * @param {number} least
 * @returns {Span}
 */
export function within([from, until], [first, last], least) {
  const size = Math.min(Math.max(until - from, least), last - first);
  const middle = (from + until) / 2;
  const start = Math.min(Math.max(size === until - from ? from : middle - size / 2, first), last - size);
  return [start, start + size];
}

/**
 * Where a value is, in px, if the span is so wide.
 * @param {Span} span
 * @param {number} width
 * @returns {(value: number) => number}
 */
export function scaleOf([from, until], width) {
  const factor = width / (until - from);
  return (value) => (value - from) * factor;
}
