// What steers the axis and the lanes, and how many of the trace's events are in view.

import { formatCount, plural } from "../lib/format.js";
import { choose } from "../lib/url.js";
import { html } from "../vendor/libs.js";
import { showStrands, strandsOfFinding } from "./choice.js";
import { countWithin } from "./counts.js";
import { GLYPHS, GlyphIcon } from "./glyphs.js";
import { MOST_EVENTS } from "./windows.js";
import { strandName } from "./told.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./windows.js").Windowed} Windowed
 */

/** Strands that are listed in the menu, at most. */
const MOST_LISTED = 300;

/** @param {{ model: Model, choice: Choice, axis: Axis, isCollapsed: boolean }} properties */
export function Toolbar({ model, choice, axis, isCollapsed }) {
  const hasEvents = model.graph.events.length > 0;
  return html`<div class="toolbar no-print">
    ${hasEvents && html`<span class="segments" role="group" aria-label="Events by">
      <button aria-pressed=${axis.mode === "time"} onClick=${() => choose({ axis: null })}>By time</button>
      <button aria-pressed=${axis.mode === "order"} onClick=${() => choose({ axis: "order" })}>By order</button>
    </span>`}
    <span class="segments" role="group" aria-label="Zoom">
      <button aria-label="Zoom out" onClick=${() => axis.zoom(1 / 2)}>−</button>
      <button aria-label="Zoom in" onClick=${() => axis.zoom(2)}>+</button>
      <button disabled=${!axis.isZoomed} onClick=${() => axis.show(null)}>All</button>
    </span>
    ${hasEvents && html`<button aria-pressed=${isCollapsed} onClick=${() => choose({ collapse: isCollapsed ? "no" : "yes" })}
      title="Draw uneventful stretches of a strand as one mark with their count">Collapse</button>
      <${StrandMenu} model=${model} choice=${choice} /><${Legend} />`}
  </div>`;
}

/**
 * How much of the trace is drawn.
 * @param {{ model: Model, choice: Choice, axis: Axis, windowed: Windowed }} properties
 */
export function Extent({ model, choice, axis, windowed }) {
  const { density, isWaiting, error } = windowed;
  const total = formatCount(model.graph.events_total);
  const state = error ? ` ${error.message}` : isWaiting ? " Loading …" : "";
  if (density) {
    const count = Math.min(countWithin(density, model.start, axis.span), model.graph.events_total);
    return html`<p class="extent" role="status" data-waiting=${isWaiting ? "yes" : "no"}>About ${formatCount(count)} of ${total} events, by density.
      Zoom in: up to ${formatCount(MOST_EVENTS)} are drawn one by one, and analysed.${state}</p>`;
  }
  return html`<p class="extent" role="status" data-waiting=${isWaiting ? "yes" : "no"}>${formatCount(countShown(model, choice, axis))} of ${total} events${
    model.graph.analysed === "window" ? ", analysed by themselves" : ""}.${omitted(model)}${state}</p>`;
}

/** @param {Model} model */
function omitted({ graph: { edges_omitted: edges = 0, holds_omitted: holds = 0 } }) {
  const left = [edges && plural(edges, "arrow"), holds && plural(holds, "hold")].filter(Boolean);
  return left.length ? ` ${left.join(" and ")} more are not told.` : "";
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {Axis} axis
 */
function countShown(model, { strands }, { mode, span: [from, until] }) {
  const values = mode === "time" ? model.time : model.step;
  let count = 0;
  for (let event = 0; event < values.length; event += 1) {
    const isShown = !strands || strands.has(model.strandOf[event]);
    if (isShown && values[event] >= from && values[event] <= until) count += 1;
  }
  return count;
}

/** @param {{ model: Model, choice: Choice }} properties */
function StrandMenu({ model, choice }) {
  const all = model.rows.map((_, strand) => strand);
  const shown = choice.strands ?? new Set(all);
  const toggle = (/** @type {number} */ strand) => {
    const next = new Set(shown);
    if (!next.delete(strand)) next.add(strand);
    showStrands(next.size && next.size < all.length ? next : null);
  };
  return html`<details class="menu"><summary class="button">Strands: ${formatCount(shown.size)} of ${formatCount(all.length)}</summary>
    <div class="menu-body">
      <div class="segments">
        <button onClick=${() => choose({ strands: "all" })}>All</button>
        ${choice.finding && html`<button onClick=${() => showStrands(strandsOfFinding(model, /** @type {any} */ (choice.finding)))}>Those of the finding</button>`}
      </div>
      ${all.slice(0, MOST_LISTED).map((strand) => html`<label key=${strand}>
        <input type="checkbox" checked=${shown.has(strand)} onChange=${() => toggle(strand)} /> ${strandName(model, strand)}
        <small>${plural(model.graph.strands[strand].events, "event")}</small></label>`)}
      ${all.length > MOST_LISTED && html`<p class="muted small">and ${formatCount(all.length - MOST_LISTED)} more</p>`}
    </div></details>`;
}

function Legend() {
  return html`<details class="menu"><summary class="button">Legend</summary>
    <div class="menu-body legend">
      ${Object.entries(GLYPHS).map(([glyph, { means }]) => html`<span><${GlyphIcon} glyph=${glyph} /> ${means}</span>`)}
      <span><svg width="34" height="12"><line class="arrow" x1="0" x2="34" y1="6" y2="6" /></svg> task started, call</span>
      <span><svg width="34" height="12"><line class="arrow return" x1="0" x2="34" y1="6" y2="6" /></svg> answer, task awaited</span>
      <span><svg width="34" height="12"><line class="arrow clock" x1="0" x2="34" y1="6" y2="6" /></svg> known by its clock</span>
      <span><svg width="34" height="12"><line class="link critical chosen" x1="0" x2="34" y1="6" y2="6" /></svg> finding: ▲ critical, ◆ warning</span>
      <span><svg width="34" height="14"><rect class="band" width="34" height="14" rx="4" /></svg> unordered with the chosen event</span>
      <span><svg width="34" height="16"><rect class="several-sample" x="1" y="1" width="32" height="14" rx="7" /></svg> several events</span>
    </div></details>`;
}
