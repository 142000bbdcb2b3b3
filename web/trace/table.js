// All events as a table: the same that the drawings show, for those who read or hear it.

import { formatCount, formatDuration, formatOffset, plural, shorten } from "../lib/format.js";
import { html, useEffect, useMemo, useState } from "../vendor/libs.js";
import { chooseEvent } from "./choice.js";
import { GlyphIcon, glyphOf } from "./glyphs.js";
import { eventLabel, strandName } from "./told.js";

/**
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./model.js").Model} Model
 */

/** Rows of a page. */
const PAGE = 100;

/** @param {{ model: Model, choice: Choice }} properties */
export function EventTable({ model, choice }) {
  const events = useMemo(() => model.graph.events.map((_, event) => event)
    .filter((event) => !choice.strands || choice.strands.has(model.strandOf[event])), [model, choice.strands]);
  const at = events.indexOf(choice.event);
  const [page, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(events.length / PAGE));
  useEffect(() => { if (at >= 0) setPage(Math.floor(at / PAGE)); }, [at]);
  const current = Math.min(page, pages - 1);
  return html`<${Pages} page=${current} pages=${pages} onPage=${setPage} events=${events.length} />
    <div class="scroll"><table class="events"><caption class="hidden">Events of the trace by time</caption>
      <thead><tr><th class="number">After</th><th>Event</th><th>Strand</th><th>Service</th><th>Place</th><th class="number">Took</th><th>Locks held</th><th>Follows</th></tr></thead>
      <tbody>${events.slice(current * PAGE, (current + 1) * PAGE).map((event) => html`<${Row} key=${event} model=${model} event=${event} isChosen=${event === choice.event} isOfStrand=${model.strandOf[event] === choice.strand} />`)}</tbody>
    </table></div>`;
}

/** @param {{ page: number, pages: number, events: number, onPage: (page: number) => void }} properties */
function Pages({ page, pages, events, onPage }) {
  if (pages === 1) return null;
  return html`<div class="toolbar no-print">
    <button disabled=${page === 0} onClick=${() => onPage(page - 1)}>← Earlier</button>
    <span class="small">${formatCount(page * PAGE + 1)} to ${formatCount(Math.min((page + 1) * PAGE, events))} of ${plural(events, "event")}</span>
    <button disabled=${page === pages - 1} onClick=${() => onPage(page + 1)}>Later →</button></div>`;
}

/** @param {{ model: Model, event: number, isChosen: boolean, isOfStrand: boolean }} properties */
function Row({ model, event, isChosen, isOfStrand }) {
  const { id, service, location, duration_ms: took, locks, strand, operation } = model.graph.events[event];
  const label = eventLabel(model, event);
  const number = (model.findingsOf.get(event) ?? []).length;
  return html`<tr class=${`${isChosen ? "chosen" : ""} ${isOfStrand ? "of-strand" : ""}`}>
    <td class="number">${formatOffset(model.time[event])}</td>
    <td><button class="plain pick" aria-pressed=${isChosen} onClick=${() => chooseEvent(id)}><${GlyphIcon} glyph=${glyphOf(model, event)} /> ${label}</button>
      ${label !== operation && html` <span class="muted">${shorten(operation, 40)}</span>`}
      ${number > 0 && html` <span class="severity critical">▲ ${plural(number, "finding")}</span>`}</td>
    <td>${strandName(model, strand)}</td><td>${service}</td><td><code>${shorten(location, 50)}</code></td>
    <td class="number">${took === null ? "" : formatDuration(took)}</td><td><code>${locks.join(", ")}</code></td>
    <td>${follows(model, event)}</td>
  </tr>`;
}

/**
 * What an event of another strand leads to this one.
 * @param {Model} model
 * @param {number} event
 */
function follows(model, event) {
  const incoming = (model.edgesOf.get(event) ?? []).filter(({ to }) => to === event);
  return incoming.slice(0, 2).map(({ from, kind }) => `${kind} from ${strandName(model, model.strandOf[from])}`).join(", ");
}
