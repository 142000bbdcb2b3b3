// Where locks are held and waited for, on an axis by time or by order.

import { toMs } from "../lib/format.js";

/**
 * @typedef {import("../lib/types.js").Hold} Hold
 * @typedef {import("./model.js").Model} Model
 */

/** By order nothing says where waiting began: it is drawn this far before the lock was taken, in steps. */
const WAIT_STEPS = 0.6;

/**
 * `wait` is where waiting began, or `from` where nobody waited.
 * @param {Model} model
 * @param {Hold} hold
 * @param {"time" | "order"} mode
 * @returns {{ wait: number, from: number, until: number }}
 */
export function holdSpan(model, hold, mode) {
  if (mode === "time") {
    const from = toMs(hold.from) - model.start;
    const wait = hold.wait_from === null ? from : toMs(hold.wait_from) - model.start;
    return { wait, from, until: hold.until === null ? model.end : toMs(hold.until) - model.start };
  }
  const from = stepOf(model, hold.acquired) ?? 0;
  const wait = hold.wait_from === null ? from : from - WAIT_STEPS;
  return { wait, from, until: stepOf(model, hold.released) ?? model.steps - 1 };
}

/**
 * @param {Model} model
 * @param {string | null} id
 */
function stepOf(model, id) {
  const event = model.indexOf.get(id ?? "");
  return event === undefined ? undefined : model.step[event];
}
