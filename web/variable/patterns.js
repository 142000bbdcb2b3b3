// What requests do to each other: for each finding, its accesses in order of time, request beside request.

import { html, useState } from "../vendor/libs.js";
import { Severity } from "../lib/components.js";
import { formatDateTime, formatDuration, formatValue, plural, shorten, toMs } from "../lib/format.js";
import { choose, traceHref } from "../lib/url.js";
import { kindName } from "../lib/words.js";
import { isWrite, valueOf } from "./value.js";

/**
 * @typedef {import("../lib/types.js").Finding} Finding
 * @typedef {import("../lib/types.js").FindingAccess} FindingAccess
 */

/** Findings that are shown at first. */
const FEW = 4;

/** @param {{ findings: Finding[], omitted: number, chosen: string }} properties newest first */
export function Patterns({ findings, omitted, chosen }) {
  const [all, showAll] = useState(false);
  const isFew = findings.slice(0, FEW).every(({ id }) => id !== chosen) && chosen !== "";
  const shown = all || isFew ? findings : findings.slice(0, FEW);
  if (findings.length === 0) return html`<p class="muted">No requests came between each other here.</p>`;
  return html`
    <ul class="patterns">${shown.map((finding) => html`<li key=${finding.id}><${Pattern} finding=${finding} isChosen=${finding.id === chosen} /></li>`)}</ul>
    ${shown.length < findings.length && html`<p><button type="button" onClick=${() => showAll(true)}>Show all ${findings.length}</button></p>`}
    ${omitted > 0 && html`<p class="muted small">${plural(omitted, "more finding is", "more findings are")} not listed: choose a shorter time.</p>`}`;
}

/** @param {{ finding: Finding, isChosen: boolean }} properties */
function Pattern({ finding, isChosen }) {
  const { id, kind, severity, description, reason, missing, accesses } = finding;
  const inOrder = [...accesses].sort((a, b) => toMs(a.timestamp) - toMs(b.timestamp));
  const traces = [...new Set(accesses.map(({ trace_id }) => trace_id ?? ""))];
  return html`<article class=${`pattern ${isChosen ? "chosen" : ""}`}>
    <header><${Severity} severity=${severity} /> <h3>${kindName(kind)}</h3>
      <time class="muted small" datetime=${inOrder[0]?.timestamp}>${inOrder[0] && formatDateTime(inOrder[0].timestamp)} UTC</time>
      <button type="button" class="no-print" aria-pressed=${isChosen} onClick=${() => choose({ finding: isChosen ? null : id, event: isChosen ? null : inOrder[0]?.event_id })}>Show in the chart</button></header>
    <p>${description}</p>
    <div class="scroll" tabindex="0" role="region" aria-label=${`The accesses of this ${kindName(kind)}`}><table class="meeting">
      <thead><tr><th scope="col">Time</th>${traces.map((trace, place) => html`<th scope="col">
        Request ${"AB"[place] ?? place + 1} <a href=${whyHref(finding, trace)}><code title=${trace}>${shorten(trace, 26)}</code></a></th>`)}</tr></thead>
      <tbody>${inOrder.map((access) => html`<${Row} key=${access.event_id} access=${access} first=${inOrder[0]} traces=${traces} finding=${finding} />`)}</tbody>
    </table></div>
    <p class="small muted">${reason}${missing && ` Missing: ${missing}.`}</p>
  </article>`;
}

/** @param {{ access: FindingAccess, first: FindingAccess, traces: string[], finding: Finding }} properties */
function Row({ access, first, traces, finding }) {
  const later = toMs(access.timestamp) - toMs(first.timestamp);
  return html`<tr><th scope="row" class="number">${later > 0 ? `+${formatDuration(later)}` : "0"}</th>
    ${traces.map((trace) => (trace === (access.trace_id ?? "") ? html`<td class=${`access ${access.role}`}>
      <strong>${isWrite(access.access_type) ? "writes" : "reads"}</strong> <code class="got">${formatValue(valueOf(access))}</code>
      ${isLost(access, finding) && html` <span class="lost">lost</span>`}
      <div class="muted"><code>${access.location}</code>${access.locks.length > 0 && ` holding ${access.locks.join(", ")}`}</div></td>` : html`<td></td>`))}</tr>`;
}

/**
 * Whether this is the write whose value the finding says is gone.
 * @param {FindingAccess} access
 * @param {Finding} finding
 */
function isLost({ role, access_type, new_value }, { lost_value }) {
  return lost_value !== null && lost_value !== undefined && role === "between" && isWrite(access_type) && formatValue(new_value) === formatValue(lost_value);
}

/**
 * @param {Finding} finding
 * @param {string} trace
 */
function whyHref({ accesses }, trace) {
  const event = accesses.find(({ trace_id }) => trace_id === trace)?.event_id;
  return traceHref(trace, { event });
}
