// Services and the calls between them: a picture, and the same as a table.

import { html } from "../vendor/libs.js";
import { formatAgo, formatCount, plural, shorten } from "../lib/format.js";
import { hrefWith } from "../lib/url.js";
import { placed } from "./layers.js";

/**
 * `GET /api/services/health`
 * @typedef {{ name: string, status: string, last_activity: string, trace_count: number, avg_events_per_trace: number }} Service
 * `GET /api/distributed/edges`
 * @typedef {{ from_service: string, to_service: string, link_type: string, call_count: number }} Call
 */

/** Services in the picture. */
const MOST = 24;
/** In units of the picture, which are pixels where there is room. */
const [WIDTH, HEIGHT, GAP, ROW] = [132, 30, 64, 46];

/** @type {Record<string, string>} */
const SIGNS = { healthy: "●", warning: "◆", critical: "○" };
/** @type {Record<string, string>} */
const STATES = { healthy: "active", warning: "quiet", critical: "silent" };

/** @param {{ services: Service[], calls: Call[], chosen: string }} properties */
export function Services({ services, calls, chosen }) {
  const merged = mergedCalls(calls);
  return html`
    ${services.length > 0 && html`<${Picture} services=${services.slice(0, MOST)} calls=${merged} chosen=${chosen} />`}
    ${services.length > MOST && html`<p class="muted small">${plural(services.length - MOST, "more service is", "more services are")} in the table only.</p>`}
    <details><summary>As a table</summary><${Table} services=${services} calls=${calls} /></details>`;
}

/**
 * All kinds of calls between two services as one.
 * @param {Call[]} calls
 */
function mergedCalls(calls) {
  /** @type {Map<string, { from: string, to: string, count: number }>} */
  const merged = new Map();
  for (const { from_service: from, to_service: to, call_count } of calls) {
    const key = JSON.stringify([from, to]);
    const call = merged.get(key) ?? { from, to, count: 0 };
    call.count += call_count;
    merged.set(key, call);
  }
  return [...merged.values()];
}

/** @param {{ services: Service[], calls: { from: string, to: string, count: number }[], chosen: string }} properties */
function Picture({ services, calls, chosen }) {
  const all = placed(services.map(({ name }) => name), calls);
  const rows = all.map(({ row }) => row);
  const [top, bottom] = [Math.min(0, ...rows), Math.max(0, ...rows)];
  const width = (Math.max(0, ...all.map(({ column }) => column)) + 1) * (WIDTH + GAP) - GAP + 2;
  const height = (bottom - top) * ROW + HEIGHT + 2;
  const places = new Map(all.map(({ name, column, row }) => [name, { x: column * (WIDTH + GAP) + 1, y: (row - top) * ROW + 1 }]));
  const most = Math.max(1, ...calls.map(({ count }) => count));
  return html`<div class="scroll picture" tabindex="0" role="region" aria-label="Picture of services and their calls">
    <svg class="services" viewBox=${`0 0 ${width} ${height}`} width=${width} height=${height} role="group" aria-label=${sentence(calls)}>
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">
        <path d="M0 0.5 7 4 0 7.5Z" /></marker></defs>
      ${calls.map((call) => html`<${Arrow} key=${`${call.from} ${call.to}`} call=${call} places=${places} share=${call.count / most} />`)}
      ${services.map((service) => html`<${Node} key=${service.name} service=${service} at=${places.get(service.name)} isChosen=${chosen === service.name} />`)}
    </svg></div>`;
}

/** @param {{ from: string, to: string, count: number }[]} calls */
function sentence(calls) {
  if (calls.length === 0) return "No service calls another.";
  return calls.slice(0, 10).map(({ from, to, count }) => `${from} calls ${to} ${plural(count, "time")}`).join(", ");
}

/** @typedef {{ x: number, y: number }} Point */

/** @param {{ call: { from: string, to: string, count: number }, places: Map<string, Point>, share: number }} properties */
function Arrow({ call, places, share }) {
  const [from, to] = [places.get(call.from), places.get(call.to)];
  if (!from || !to || from === to) return null;
  const [start, end] = [{ x: from.x + WIDTH, y: from.y + HEIGHT / 2 }, { x: to.x - 1, y: to.y + HEIGHT / 2 }];
  const bend = Math.max(GAP / 2, Math.abs(end.x - start.x) / 2);
  const near = { x: start.x + 0.62 * (end.x - start.x), y: start.y + 0.75 * (end.y - start.y) };
  return html`<g class="call">
    <title>${`${call.from} → ${call.to}: ${plural(call.count, "call")}`}</title>
    <path d=${`M${start.x} ${start.y}C${start.x + bend} ${start.y} ${end.x - bend} ${end.y} ${end.x} ${end.y}`}
      stroke-width=${1 + 2 * share} marker-end="url(#arrow)" />
    <text x=${near.x} y=${near.y - 5} text-anchor="middle">${formatCount(call.count)}</text>
  </g>`;
}

/** @param {{ service: Service, at: Point | undefined, isChosen: boolean }} properties */
function Node({ service: { name, status, last_activity, trace_count }, at, isChosen }) {
  if (!at) return null;
  const about = `${name}: ${STATES[status] ?? status}, last event ${formatAgo(last_activity)}, ${plural(trace_count, "trace")} in the last hour`;
  return html`<a href=${hrefWith({ service: isChosen ? null : name })} data-stay aria-current=${isChosen ? "true" : undefined}
      class=${`service ${status}`} aria-label=${about}>
    <title>${about}</title>
    <rect x=${at.x} y=${at.y} width=${WIDTH} height=${HEIGHT} rx="5" />
    <text x=${at.x + 10} y=${at.y + HEIGHT / 2 + 4}><tspan class="state">${SIGNS[status] ?? "●"}</tspan> ${shorten(name, 15)}</text>
  </a>`;
}

/** @param {{ services: Service[], calls: Call[] }} properties */
function Table({ services, calls }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Services and their calls"><table>
    <thead><tr><th scope="col">Service</th><th scope="col">State</th><th scope="col" class="number">Last event</th>
      <th scope="col" class="number">Traces, last hour</th><th scope="col">Calls</th></tr></thead>
    <tbody>${services.map(({ name, status, last_activity, trace_count }) => html`<tr key=${name}>
      <th scope="row"><a href=${hrefWith({ service: name })} data-stay>${name}</a></th>
      <td><span class=${`state ${status}`} aria-hidden="true">${SIGNS[status]}</span> ${STATES[status] ?? status}</td>
      <td class="number">${formatAgo(last_activity)}</td><td class="number">${formatCount(trace_count)}</td>
      <td>${calls.filter(({ from_service }) => from_service === name)
        .map(({ to_service, link_type, call_count }) => `${to_service} ${formatCount(call_count)}× (${link_type})`).join(", ") || "–"}</td>
    </tr>`)}</tbody>
  </table></div>`;
}
