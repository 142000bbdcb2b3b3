// The history of a variable: each access with the values before and after, whose write it saw, and which
// accesses nothing orders with it.

import { formatOffset, formatValue, plural, shorten } from "../lib/format.js";
import { choose, hrefWith } from "../lib/url.js";
import { html, useMemo, useState } from "../vendor/libs.js";
import { chooseEvent } from "./choice.js";
import { GlyphIcon, glyphOf } from "./glyphs.js";
import { isWrite, strandName } from "./told.js";

/**
 * @typedef {import("../lib/types.js").Access} Access
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Variable} Variable
 */

/** Accesses that are shown at first, and that each press adds. */
const PAGE = 200;
/** With more accesses than this, those without an order are not looked for. */
const MOST_COMPARED = 600;
/** Height of a row, in px: the arrows at the left rely on it. */
const ROW = 30;

/** @param {{ model: Model, choice: Choice }} properties */
export function Variables({ model, choice }) {
  const { variable } = choice;
  return html`<div class="toolbar">
      <label>Variable <select value=${variable?.key} onChange=${(/** @type {any} */ event) => choose({ variable: event.currentTarget.value, event: null })}>
        ${model.variables.map(({ key, name, service, races, accesses }) => html`<option value=${key}>
          ${shorten(name, 60)} (${service}), ${plural(accesses.length, "access", "accesses")}${races ? `, ${races} in races` : ""}</option>`)}
      </select></label>
      ${variable && html`<a href=${hrefWith({ name: variable.name, service: variable.service }, "/variable")}>Across traces</a>`}
    </div>
    ${variable && html`<${History} key=${variable.key} model=${model} choice=${choice} variable=${variable} />`}`;
}

/** @param {{ model: Model, choice: Choice, variable: Variable }} properties */
function History({ model, choice, variable }) {
  const [shown, setShown] = useState(PAGE);
  const unordered = useMemo(() => unorderedOf(model, variable.accesses), [model, variable]);
  const accesses = variable.accesses.slice(0, shown);
  return html`<div class="scroll"><div class="history">
    <${ReadsFrom} accesses=${accesses} />
    <table><caption class="hidden">Accesses of ${variable.name}</caption>
      <thead><tr><th class="number">After</th><th>Strand</th><th>Access</th><th>Before</th><th>Value</th><th>Saw the write of</th><th>Unordered with</th><th>Locks held</th></tr></thead>
      <tbody>${accesses.map((access, at) => html`<${Row} key=${`${access.event_id} ${at}`} model=${model} choice=${choice} access=${access} number=${at + 1}
        variable=${variable} unordered=${unordered?.[at] ?? null} />`)}</tbody>
    </table></div></div>
    ${shown < variable.accesses.length && html`<button onClick=${() => setShown(shown + PAGE)}>Show more of ${plural(variable.accesses.length, "access", "accesses")}</button>`}`;
}

/**
 * Of each access, those of which at least one writes and that nothing orders with it: their numbers from 1.
 * @param {Model} model
 * @param {Access[]} accesses
 * @returns {number[][] | null} null where there are too many to tell
 */
function unorderedOf(model, accesses) {
  const order = accesses.length <= MOST_COMPARED ? model.order() : null;
  if (!order) return null;
  const events = accesses.map(({ event_id }) => model.indexOf.get(event_id) ?? -1);
  return accesses.map((one, at) => accesses.flatMap((other, place) => {
    const [a, b] = [events[at], events[place]];
    const counts = a >= 0 && b >= 0 && one.strand !== other.strand && (isWrite(one) || isWrite(other));
    return counts && order.isUnordered(a, b) ? [place + 1] : [];
  }));
}

/**
 * @param {{ model: Model, choice: Choice, variable: Variable, access: Access, number: number, unordered: number[] | null }} properties
 */
function Row({ model, choice, variable, access, number, unordered }) {
  const event = model.indexOf.get(access.event_id) ?? -1;
  const writes = isWrite(access);
  const saw = access.reads_from === null ? -1 : variable.accesses.findIndex(({ event_id }) => event_id === access.reads_from);
  const locks = model.graph.events[event]?.locks ?? [];
  return html`<tr class=${event === choice.event ? "chosen" : ""} style=${{ height: `${ROW}px` }}>
    <td class="number">${formatOffset(model.time[event])}</td>
    <td>${strandName(model, access.strand)}</td>
    <td><button class="plain pick" aria-pressed=${event === choice.event} onClick=${() => chooseEvent(access.event_id)}>
      ${event >= 0 && html`<${GlyphIcon} glyph=${glyphOf(model, event)} />`} ${number}. ${access.access_type || "Write"}</button></td>
    <td><code>${writes ? shorten(formatValue(access.old_value), 40) : ""}</code></td>
    <td><code class=${writes ? "strong" : ""}>${shorten(formatValue(access.new_value ?? (writes ? null : access.old_value)), 40)}</code></td>
    <td>${saw >= 0 ? `${saw + 1}. ${strandName(model, variable.accesses[saw].strand)}` : access.reads_from ? shorten(access.reads_from, 20) : html`<span class="muted">–</span>`}</td>
    <td>${unordered === null ? html`<span class="muted">not told</span>` : html`<${Unordered} numbers=${unordered} isRace=${access.is_race} />`}</td>
    <td><code>${locks.join(", ") || html`<span class="muted">none</span>`}</code></td>
  </tr>`;
}

/** @param {{ numbers: number[], isRace: boolean }} properties */
function Unordered({ numbers, isRace }) {
  if (numbers.length === 0) return isRace ? html`<span class="severity critical">▲ races</span>` : html`<span class="muted">–</span>`;
  const text = numbers.slice(0, 6).join(", ") + (numbers.length > 6 ? ` and ${numbers.length - 6} more` : "");
  return isRace ? html`<span class="severity critical">▲ ${text} (race)</span>` : text;
}

/**
 * Arrows from each write to those who saw its value.
 * @param {{ accesses: Access[] }} properties
 */
function ReadsFrom({ accesses }) {
  const numbers = new Map(accesses.map(({ event_id }, at) => [event_id, at]));
  const arrows = accesses.flatMap(({ reads_from }, to) => {
    const from = reads_from === null ? undefined : numbers.get(reads_from);
    return from === undefined || from === to ? [] : [{ from, to }];
  });
  if (arrows.length === 0) return null;
  const y = (/** @type {number} */ at) => ROW * (at + 1.5);
  return html`<svg class="reads-from" width="44" height=${ROW * (accesses.length + 1)} aria-hidden="true">
    ${arrows.slice(0, 400).map(({ from, to }) => html`<path class="arrow" marker-end="url(#arrow)"
      d=${`M42 ${y(from)}C${bend(from, to)} ${y(from)} ${bend(from, to)} ${y(to)} 42 ${y(to)}`} />`)}
  </svg>`;
}

/**
 * How far left an arrow bends, in px: the farther the rows, the more.
 * @param {number} from
 * @param {number} to
 */
function bend(from, to) {
  return Math.max(-10, 30 - Math.abs(to - from) * 6);
}
