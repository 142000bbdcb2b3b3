// A vector clock: how many events of each component an event knows of.

import { shorten } from "../lib/format.js";
import { html } from "../vendor/libs.js";

/** @typedef {import("../lib/types.js").Clock} ClockValue */

/** Components that are shown, at most: those first that others know more or less of. */
const MOST = 5;

/** @param {{ clock: ClockValue, others?: ClockValue[] }} properties */
export function Clock({ clock, others = [] }) {
  const names = [...new Set([clock, ...others].flatMap(Object.keys))].sort();
  if (names.length === 0) return html`<span class="muted">none</span>`;
  const differing = names.filter((name) => others.some((other) => (other[name] ?? 0) !== (clock[name] ?? 0)));
  const ordered = [...differing, ...names.filter((name) => !differing.includes(name))];
  const left = ordered.length - MOST;
  return html`<span class="clock">${ordered.slice(0, MOST).map((name) => html`<span class=${isAhead(clock, others, name) ? "ahead" : ""}
    title=${name}>${shorten(name, 22)} <b>${clock[name] ?? 0}</b></span>`)}${left > 0 && html`<span class="muted">and ${left} more</span>`}</span>`;
}

/**
 * Whether a clock knows more of a component than all the others.
 * @param {ClockValue} clock
 * @param {ClockValue[]} others
 * @param {string} name
 */
function isAhead(clock, others, name) {
  return others.length > 0 && others.every((other) => (clock[name] ?? 0) > (other[name] ?? 0));
}
