// Two traces as wholes: what they are, what was found in them, and where time went.

import { html } from "../vendor/libs.js";
import { formatCount, formatDuration, shorten } from "../lib/format.js";
import { hrefWith, traceHref } from "../lib/url.js";
import { kindName } from "../lib/words.js";
import { delta } from "./strands.js";

/** @typedef {import("../lib/types.js").Comparison} Comparison */

/** @param {{ comparison: Comparison }} properties */
export function Sums({ comparison: { a, b } }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Both traces"><table class="sums">
    <thead><tr><th scope="col"><span class="hidden">Trace</span></th><th scope="col">Trace</th><th scope="col">Operation</th><th scope="col" class="number">Took</th>
      <th scope="col" class="number">Events</th><th scope="col" class="number">Strands</th></tr></thead>
    <tbody>${[["A", a], ["B", b]].map(([name, trace]) => html`<${Whole} key=${name} name=${name} trace=${trace} />`)}
      <tr><th scope="row">B − A</th><td></td><td>${a.operation !== b.operation && html`<span class="severity warning">◆ They begin with different operations</span>`}</td>
        <td class="number"><strong>${delta(b.duration_ms - a.duration_ms)}</strong></td><td class="number">${signed(b.events - a.events)}</td><td class="number">${signed(b.strands - a.strands)}</td></tr></tbody>
  </table></div>
  <p class="no-print"><a href=${hrefWith({ a: b.trace_id, b: a.trace_id })}>Swap A and B</a> · <a href=${hrefWith({ b: null })}>Compare A with another</a> · <a href=${hrefWith({ a: b.trace_id, b: null })}>Compare B with another</a></p>`;
}

/** @param {{ name: string, trace: import("../lib/types.js").ComparedTrace }} properties */
function Whole({ name, trace: { trace_id, service, operation, events, duration_ms, strands } }) {
  return html`<tr><th scope="row">${name}</th><td><a href=${traceHref(trace_id)}><code title=${trace_id}>${shorten(trace_id, 40)}</code></a></td>
    <td><code>${operation}</code> <span class="muted">${service}</span></td><td class="number">${formatDuration(duration_ms)}</td>
    <td class="number">${formatCount(events)}</td><td class="number">${formatCount(strands)}</td></tr>`;
}

/** @param {{ comparison: Comparison }} properties */
export function FindingSums({ comparison: { a, b, findings } }) {
  if (findings.length === 0) return html`<p class="muted">Nothing was found in either.</p>`;
  return html`<table>
    <thead><tr><th scope="col">Finding</th><th scope="col" class="number">A</th><th scope="col" class="number">B</th></tr></thead>
    <tbody>${findings.map(({ kind, variable, a: inA, b: inB }) => html`<tr key=${`${kind} ${variable}`}>
      <th scope="row">${kindName(kind)} ${variable && html`<code>${variable}</code>`}</th>
      <td class="number">${count(inA, kind, variable, a.trace_id)}</td><td class="number">${count(inB, kind, variable, b.trace_id)}</td></tr>`)}</tbody>
  </table>`;
}

/**
 * @param {number} number
 * @param {string} kind
 * @param {string | null} variable
 * @param {string} trace
 */
function count(number, kind, variable, trace) {
  if (number === 0) return "–";
  return html`<a href=${traceHref(trace, { finding: variable ? `${kind}:${variable}` : kind })}>${formatCount(number)}</a>`;
}

/** @param {{ comparison: Comparison }} properties */
export function ServiceSums({ comparison: { services } }) {
  const longest = Math.max(1e-9, ...services.flatMap(({ a_ms, b_ms }) => [a_ms, b_ms]));
  return html`<table class="service-sums">
    <thead><tr><th scope="col">Service</th><th scope="col">A</th><th scope="col">B</th><th scope="col" class="number">B − A</th></tr></thead>
    <tbody>${services.map(({ name, a_ms, b_ms, a_events, b_events }) => html`<tr key=${name}><th scope="row">${name}</th>
      <td><span class="side" style=${`--share: ${(100 * a_ms) / longest}%`}>${a_events ? formatDuration(a_ms) : "–"}</span></td>
      <td><span class="side" style=${`--share: ${(100 * b_ms) / longest}%`}>${b_events ? formatDuration(b_ms) : "–"}</span></td>
      <td class="number">${delta(b_ms - a_ms)}</td></tr>`)}</tbody>
  </table>`;
}

/** @param {number} difference */
function signed(difference) {
  return difference === 0 ? "=" : `${difference > 0 ? "+" : "−"}${formatCount(Math.abs(difference))}`;
}
