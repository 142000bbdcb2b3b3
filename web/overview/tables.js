// Locks that are waited for, and what takes long.

import { html } from "../vendor/libs.js";
import { formatCount, formatDuration, shorten } from "../lib/format.js";
import { traceHref } from "../lib/url.js";

/** @typedef {import("../lib/types.js").ContendedLock} ContendedLock */

/** @param {{ locks: ContendedLock[] }} properties */
export function Locks({ locks }) {
  if (locks.length === 0) return html`<p class="muted">No lock was waited for.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Contended locks"><table>
    <thead><tr><th scope="col">Lock</th><th scope="col">Service</th><th scope="col" class="number">Waited</th>
      <th scope="col" class="number">Longest</th><th scope="col" class="number">Held</th><th scope="col" class="number">Waits</th></tr></thead>
    <tbody>${locks.map((lock) => html`<tr key=${`${lock.service} ${lock.lock}`}>
      <th scope="row">${lockLink(lock)}</th><td>${lock.service}</td>
      <td class="number"><strong>${formatDuration(lock.total_wait_ms)}</strong></td>
      <td class="number">${formatDuration(lock.longest_wait_ms)}</td><td class="number">${formatDuration(lock.total_hold_ms)}</td>
      <td class="number">${formatCount(lock.waits)} of ${formatCount(lock.acquisitions)}</td></tr>`)}</tbody>
  </table></div>`;
}

/** @param {ContendedLock} lock */
function lockLink({ lock, trace_ids }) {
  const name = html`<code title=${lock}>${shorten(lock, 32)}</code>`;
  return trace_ids.length > 0 ? html`<a href=${traceHref(trace_ids[0], { view: "locks", lock })}>${name}</a>` : name;
}

/**
 * `GET /api/performance/metrics`
 * @typedef {object} Performance
 * @property {{ avg_ms: number, p50_ms: number, p95_ms: number, p99_ms: number, slowest_traces: { trace_id: string, duration_ms: number, services: string[] }[] }} trace_latency
 * @property {{ by_type: { type: string, count: number, avg_duration_ms: number }[] }} event_performance
 */

/** Rows of each table. */
const MOST = 6;

/** @param {{ performance: Performance }} properties */
export function Slow({ performance: { trace_latency: latency, event_performance: { by_type } } }) {
  const slowest = latency.slowest_traces.slice(0, MOST);
  if (slowest.length === 0) return html`<p class="muted">No trace ended in the last day.</p>`;
  return html`<dl class="latency">
      ${[["median", latency.p50_ms], ["95 %", latency.p95_ms], ["99 %", latency.p99_ms]].map(([name, ms]) => html`
        <div><dt>${name}</dt><dd>${formatDuration(Number(ms))}</dd></div>`)}
    </dl>
    <${Bars} label="Operation" unit="average" rows=${by_type.slice(0, MOST).map(({ type, count, avg_duration_ms }) => (
      { key: type, name: type, ms: avg_duration_ms, note: `${formatCount(count)}×` }))} />
    <${Bars} label="Slowest traces" unit="took" rows=${slowest.map(({ trace_id, duration_ms, services }) => (
      { key: trace_id, name: html`<a href=${traceHref(trace_id, { view: "waterfall" })}><code title=${trace_id}>${shorten(trace_id, 26)}</code></a>`,
        ms: duration_ms, note: services[0] ?? "" }))} />`;
}

/**
 * @typedef {{ key: string, name: import("../lib/types.js").Children, ms: number, note: string }} Bar
 * @param {{ label: string, unit: string, rows: Bar[] }} properties
 */
function Bars({ label, unit, rows }) {
  const longest = Math.max(1e-9, ...rows.map(({ ms }) => ms));
  return rows.length > 0 && html`<table class="bars">
    <thead><tr><th scope="col">${label}</th><th scope="col"><span class="hidden">note</span></th><th scope="col" class="number">${unit}</th></tr></thead>
    <tbody>${rows.map(({ key, name, ms, note }) => html`<tr key=${key}>
      <th scope="row">${name}</th><td class="muted">${note}</td>
      <td class="number bar" style=${`--share: ${(100 * ms) / longest}%`}>${formatDuration(ms)}</td></tr>`)}</tbody>
  </table>`;
}
