// Locks as a table: the same that their lanes draw.

import { formatDuration, formatOffset, plural, toMs } from "../lib/format.js";
import { html } from "../vendor/libs.js";
import { chooseEvent } from "./choice.js";
import { strandName } from "./told.js";

/**
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./model.js").Model} Model
 */

/** Rows that are shown, at most. */
const MOST = 200;

/** @param {{ model: Model, choice: Choice }} properties */
export function LockTable({ model, choice }) {
  const holds = model.graph.holds.filter(({ strand }) => !choice.strands || choice.strands.has(strand));
  const span = (/** @type {string} */ from, /** @type {string | null} */ until) =>
    formatDuration((until ? toMs(until) : model.start + model.end) - toMs(from));
  return html`<details class="as-table"><summary>${plural(holds.length, "hold")} as a table</summary>
    <div class="scroll"><table><caption class="hidden">Locks that were held</caption>
      <thead><tr><th>Lock</th><th>Strand</th><th>Mode</th><th class="number">Taken after</th><th class="number">Waited</th><th class="number">Held</th></tr></thead>
      <tbody>${holds.slice(0, MOST).map((hold) => html`<tr class=${hold.lock === choice.lock ? "chosen" : ""}>
        <td><button class="plain pick" onClick=${() => chooseEvent(hold.acquired)}>${hold.lock}</button></td><td>${strandName(model, hold.strand)}</td><td>${hold.mode}</td>
        <td class="number">${formatOffset(toMs(hold.from) - model.start)}</td><td class="number">${hold.wait_from ? span(hold.wait_from, hold.from) : "0"}</td>
        <td class="number">${span(hold.from, hold.until)}${hold.until === null && ", to the end"}</td></tr>`)}</tbody></table></div>
    ${holds.length > MOST && html`<p class="muted small">${plural(holds.length - MOST, "hold")} more are not listed.</p>`}
  </details>`;
}
