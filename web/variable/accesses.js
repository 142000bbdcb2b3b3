// Each access of a variable, newest first.

import { html, useState } from "../vendor/libs.js";
import { formatDateTime, formatTime, formatValue, plural, shorten } from "../lib/format.js";
import { choose, traceHref } from "../lib/url.js";

/** @typedef {import("../lib/types.js").HistoryAccess} HistoryAccess */

/** Rows at first. */
const FEW = 50;

/** @param {{ accesses: HistoryAccess[], omitted: number, event: string }} properties in order of time */
export function Accesses({ accesses, omitted, event }) {
  const [most, setMost] = useState(FEW);
  const newest = [...accesses].reverse();
  const least = event ? newest.findIndex(({ event_id }) => event_id === event) + 1 : 0;
  const shown = newest.slice(0, Math.max(most, least));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Accesses"><table class="accesses">
      <thead><tr><th scope="col">Time (UTC)</th><th scope="col">Access</th><th scope="col">Value</th><th scope="col">Trace</th>
        <th scope="col">Service, thread</th><th scope="col">Place</th><th scope="col">Locks held</th></tr></thead>
      <tbody>${shown.map((access) => html`<${Row} key=${`${access.trace_id} ${access.event_id}`} access=${access} isChosen=${access.event_id === event} />`)}</tbody>
    </table></div>
    <p class="muted small">${plural(shown.length, "access", "accesses")} of ${accesses.length + omitted}.
      ${shown.length < newest.length && html` <button type="button" onClick=${() => setMost(newest.length)}>Show ${newest.length}</button>`}
      ${omitted > 0 && ` ${plural(omitted, "older one is", "older ones are")} not read: choose an earlier time.`}</p>`;
}

/** @param {{ access: HistoryAccess, isChosen: boolean }} properties */
function Row({ access, isChosen }) {
  const { trace_id, event_id, timestamp, service, thread, access_type, old_value, new_value, location, locks, is_finding } = access;
  return html`<tr class=${isChosen ? "chosen" : undefined} onClick=${() => choose({ event: event_id })}>
    <td title=${formatDateTime(timestamp)}>${formatTime(timestamp)}</td>
    <td>${access_type}${is_finding && html` <span class="severity warning" title="Part of a finding"><span aria-hidden="true">▲</span><span class="hidden">part of a finding</span></span>`}</td>
    <td>${old_value !== null && html`<code>${formatValue(old_value)}</code> → `}<code>${formatValue(new_value)}</code></td>
    <td><a href=${traceHref(trace_id, { event: event_id })}><code title=${trace_id}>${shorten(trace_id, 24)}</code></a></td>
    <td>${service}, ${thread}</td><td><code>${location}</code></td><td>${locks.join(", ") || "–"}</td></tr>`;
}
