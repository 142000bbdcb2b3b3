// All that is known of the chosen event.

import { formatDateTime, formatDuration, formatTime, formatValue, shorten } from "../lib/format.js";
import { FindingKind } from "../lib/components.js";
import { choose } from "../lib/url.js";
import { html } from "../vendor/libs.js";
import { chooseEvent, chooseFinding } from "./choice.js";
import { Clock } from "./clock.js";
import { GlyphIcon, glyphOf } from "./glyphs.js";
import { variableKey } from "./model.js";
import { accessVerb, eventLabel, sinceStart, strandName } from "./told.js";

/**
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./model.js").Model} Model
 */

/** @param {{ model: Model, choice: Choice }} properties */
export function EventDetails({ model, choice }) {
  const at = choice.event;
  const event = model.graph.events[at];
  if (!event) {
    return html`<p class="muted small">Press an event in any of the views to see all of it here.
      ${" "}<kbd>/</kbd> searches, <kbd>n</kbd> goes to the next finding, <kbd>?</kbd> lists the keys.</p>`;
  }
  return html`<h2><${GlyphIcon} glyph=${glyphOf(model, at)} /> <code>${event.operation}</code></h2>
    <div class="segments"><button title="Previous event of the strand (k)" onClick=${() => stepEvent(model, choice, -1)}>← Previous</button>
      <button title="Next event of the strand (j)" onClick=${() => stepEvent(model, choice, 1)}>Next →</button>
      <button title="Back (Esc)" onClick=${() => chooseEvent(null)}>Close</button></div>
    <dl class="details">
      <dt>When</dt><dd>${sinceStart(model.time[at])}<br /><span class="muted">${formatDateTime(event.timestamp).slice(0, 10)} ${formatTime(event.timestamp)} UTC</span></dd>
      ${event.duration_ms !== null && html`<dt>Took</dt><dd>${formatDuration(event.duration_ms)}</dd>`}
      <dt>Strand</dt><dd>${strandName(model, event.strand)}, event ${model.placeOf[at] + 1} of ${model.rows[event.strand].length}</dd>
      <dt>Service</dt><dd>${event.service}, thread ${event.thread}</dd>
      ${event.location && html`<dt>Place</dt><dd><code>${event.location}</code></dd>`}
      <dt>Locks held</dt><dd>${event.locks.length ? html`<code>${event.locks.join(", ")}</code>` : "none"}</dd>
      <dt>Clock</dt><dd><${Clock} clock=${event.clock} /></dd>
      <${Accessed} model=${model} event=${at} />
      <${Neighbours} model=${model} event=${at} />
      <${FoundIn} model=${model} event=${at} />
      <dt>Id</dt><dd><code>${event.id}</code></dd>
      <dt>Sent</dt><dd><${Payload} payload=${event.payload} /></dd>
    </dl>`;
}

/** @param {{ model: Model, event: number }} properties */
function Accessed({ model, event }) {
  const accesses = model.accessesOf.get(event);
  if (!accesses) return null;
  return html`<dt>Variable</dt><dd>${accesses.map((access) => html`
    <button class="plain pick" onClick=${() => choose({ variable: variableKey(access) })}><code>${access.variable}</code></button> ${accessVerb(access)}
    ${access.is_race && html` <span class="severity critical">▲ race</span>`}<br />`)}</dd>`;
}

/** @param {{ model: Model, event: number }} properties */
function Neighbours({ model, event }) {
  const edges = model.edgesOf.get(event);
  if (!edges) return null;
  return html`<dt>Tied to</dt><dd>${edges.slice(0, 20).map(({ from, to, kind }) => {
    const other = from === event ? to : from;
    return html`${kind} ${from === event ? "to" : "from"} <button class="plain pick" onClick=${() => chooseEvent(model.graph.events[other].id)}>
      ${eventLabel(model, other)}</button> <span class="muted">of ${strandName(model, model.strandOf[other])}</span><br />`;
  })}</dd>`;
}

/** @param {{ model: Model, event: number }} properties */
function FoundIn({ model, event }) {
  const findings = model.findingsOf.get(event);
  if (!findings) return null;
  return html`<dt>Findings</dt><dd>${findings.slice(0, 8).map((finding) => html`
    <button class="plain pick" onClick=${() => chooseFinding(finding)}><${FindingKind} kind=${finding.kind} severity=${finding.severity} /></button> ${finding.variable}<br />`)}
    ${findings.length > 8 && html`and ${findings.length - 8} more`}</dd>`;
}

/** @param {{ payload: Record<string, any> }} properties */
function Payload({ payload }) {
  const fields = Object.entries(payload ?? {});
  if (fields.length === 0) return html`<span class="muted">nothing else</span>`;
  return html`${fields.map(([name, value]) => html`<span class="field"><span class="muted">${name}</span> <code>${
    typeof value === "string" ? shorten(value, 300) : shorten(formatValue(value), 300)}</code></span>`)}`;
}

/**
 * Chooses the next or previous event of the strand.
 * @param {Model} model
 * @param {Choice} choice
 * @param {1 | -1} by
 */
export function stepEvent(model, choice, by) {
  const strand = choice.strand >= 0 ? choice.strand : choice.finding?.accesses[0]?.strand ?? 0;
  const row = model.rows[strand] ?? [];
  const at = choice.event >= 0 ? model.placeOf[choice.event] + by : startOf(model, choice, strand);
  if (row[at] !== undefined) chooseEvent(model.graph.events[row[at]].id);
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {number} strand
 */
function startOf(model, { finding }, strand) {
  const event = model.indexOf.get(finding?.accesses.find((access) => access.strand === strand)?.event_id ?? "");
  return event === undefined ? 0 : model.placeOf[event];
}
