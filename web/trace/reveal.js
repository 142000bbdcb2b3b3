// Brings what is chosen into view: an event, or the accesses of a finding, far enough apart to be told from
// each other.

import { useEffect, useRef } from "../vendor/libs.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./model.js").Model} Model
 */

/** How much of the view a finding takes at least, as a share. */
const LEAST = 0.12;

/**
 * A finding that nobody has asked for is brought into view only where all are known: what turns up in the
 * windows of a long trace does not move them. Nor is a view moved that a link has opened.
 * @param {Model} model
 * @param {Choice} choice
 * @param {Axis} axis
 * @param {string | null} asked for a finding
 */
export function useReveal(model, choice, axis, asked) {
  const isOpened = useRef(false);
  const isKept = !isOpened.current && axis.isZoomed;
  const wanted = asked ?? (model.graph.analysed === "trace" ? "the first" : null);
  useEffect(() => {
    if (wanted === null || isKept) return;
    const ids = choice.finding?.accesses.map(({ event_id }) => event_id) ?? [];
    const events = ids.map((id) => model.indexOf.get(id)).filter((event) => event !== undefined);
    reveal(axis, events.map((event) => valueOf(model, axis, event)));
  }, [wanted, axis.mode, model.graph.trace_id]);
  useEffect(() => {
    if (choice.event >= 0 && !isKept) reveal(axis, [valueOf(model, axis, choice.event)]);
  }, [choice.event, axis.mode]);
  useEffect(() => { isOpened.current = true; }, []);
}

/**
 * @param {Model} model
 * @param {Axis} axis
 * @param {number} event
 */
function valueOf(model, axis, event) {
  return (axis.mode === "time" ? model.time : model.step)[event];
}

/**
 * @param {Axis} axis
 * @param {number[]} values
 */
function reveal(axis, values) {
  if (values.length === 0) return;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from, until] = axis.span;
  const size = until - from;
  const isApart = high === low || high - low >= LEAST * size;
  if (low >= from && high <= until && isApart) return;
  const wanted = isApart ? Math.max(size, (high - low) * 1.5) : (high - low) * 3;
  const middle = (low + high) / 2;
  axis.show([middle - wanted / 2, middle + wanted / 2]);
}
