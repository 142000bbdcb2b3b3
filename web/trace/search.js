// Search for an event, a variable or a place; Enter goes to the first that matches, and on to the next.

import { formatOffset, formatValue, plural } from "../lib/format.js";
import { html, useMemo, useState } from "../vendor/libs.js";
import { chooseEvent } from "./choice.js";
import { eventLabel, strandName } from "./told.js";

/** @typedef {import("./model.js").Model} Model */

/** Matches that are listed. */
const MOST = 12;

/** @param {{ model: Model }} properties */
export function Search({ model }) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const found = useMemo(() => search(model, text), [model, text]);
  const isShown = isOpen && text !== "";
  const take = (/** @type {number} */ event) => {
    chooseEvent(model.graph.events[event].id);
    setOpen(false);
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.currentTarget);
    if (event.key === "ArrowDown") setActive(Math.min(active + 1, Math.min(found.length, MOST) - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(active - 1, 0));
    else if (event.key === "Enter" && found.length) take(found[active] ?? found[0]);
    else if (event.key === "Escape") { setOpen(false); input.blur(); } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="search no-print">
    <input id="search" type="search" role="combobox" autocomplete="off" placeholder="Search events, places, values  /" aria-label="Search events, variables, places and values"
      aria-expanded=${isShown} aria-controls="found" aria-activedescendant=${isShown && found.length ? `found-${active}` : undefined} value=${text}
      onInput=${(/** @type {any} */ event) => { setText(event.currentTarget.value); setActive(0); setOpen(true); }}
      onFocus=${() => setOpen(true)} onBlur=${() => setOpen(false)} onKeyDown=${press} />
    <div id="found" role="listbox" aria-label="What was found" hidden=${!isShown}>
      ${isShown && found.slice(0, MOST).map((event, at) => html`<div role="option" id=${`found-${at}`} key=${event} aria-selected=${at === active}
        onPointerDown=${(/** @type {Event} */ press) => { press.preventDefault(); take(event); }}>
        <strong>${eventLabel(model, event)}</strong> <span class="muted">${strandName(model, model.strandOf[event])}, ${formatOffset(model.time[event])}, ${model.graph.events[event].location}</span></div>`)}
      ${isShown && html`<p class="muted small" role="option" aria-selected="false" aria-disabled="true">${found.length === 0 ? "Nothing matches." : `${found.length} of ${plural(model.graph.events.length, "event")}${model.graph.analysed === "window" ? " in view" : ""} match.`}</p>`}
    </div>
  </div>`;
}

/**
 * @param {Model} model
 * @param {string} text words, all of which an event must have
 * @returns {number[]} events by time
 */
function search(model, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = [];
  for (let event = 0; event < model.graph.events.length; event += 1) {
    const said = saidOf(model, event);
    if (words.every((word) => said.includes(word))) found.push(event);
  }
  return found;
}

/**
 * @param {Model} model
 * @param {number} event
 */
function saidOf(model, event) {
  const { id, operation, service, thread, location, locks } = model.graph.events[event];
  const accesses = (model.accessesOf.get(event) ?? []).map((access) =>
    `${access.variable} ${access.access_type} ${formatValue(access.old_value)} ${formatValue(access.new_value)}`);
  return [id, operation, service, thread, location, ...locks, ...accesses].join(" ").toLowerCase();
}
