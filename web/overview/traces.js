// Traces as they come.

import { html } from "../vendor/libs.js";
import { formatAgo, formatCount, formatDateTime, formatDuration, plural, shorten, toMs } from "../lib/format.js";
import { hrefWith, traceHref } from "../lib/url.js";
import { SEVERITY_SIGNS, kindName } from "../lib/words.js";
import { windowOf } from "./filters.js";
import { whyHref } from "./findings.js";

/**
 * @typedef {import("../lib/types.js").TraceSummary & { service_name: string }} ListedTrace
 * @typedef {import("../lib/types.js").FindingGroup} FindingGroup
 */

/** Traces that are listed. */
const MOST = 30;

/**
 * What was found in each trace, as far as it is known.
 * @param {FindingGroup[]} groups
 * @returns {Map<string, FindingGroup[]>}
 */
export function foundIn(groups) {
  /** @type {Map<string, FindingGroup[]>} */
  const found = new Map();
  for (const group of groups) {
    for (const id of group.trace_ids) found.set(id, [...found.get(id) ?? [], group]);
  }
  return found;
}

/**
 * Those of the window in whose id or services the text stands.
 * @param {ListedTrace[]} traces
 * @param {import("./filters.js").Filters} filters
 */
export function matching(traces, filters) {
  const wanted = filters.text.toLowerCase();
  const { from, until } = windowOf(filters);
  const [begin, end] = [from ? toMs(from) : -Infinity, until ? toMs(until) : Infinity];
  return traces.filter(({ trace_id, services, first_timestamp, last_timestamp }) =>
    toMs(last_timestamp) >= begin && toMs(first_timestamp) < end
    && [trace_id, ...services].some((part) => part.toLowerCase().includes(wanted)));
}

/** @param {{ traces: ListedTrace[], total: number, found: Map<string, FindingGroup[]>, told: Set<string> }} properties newest first; `told`: those that came just now */
export function TraceList({ traces, total, found, told }) {
  const shown = traces.slice(0, MOST);
  return html`<ol class="live" data-traces=${traces.length}>
    ${shown.map((trace) => html`<li key=${trace.trace_id} class=${told.has(trace.trace_id) ? "fresh" : undefined}>
      <${Trace} trace=${trace} found=${found.get(trace.trace_id) ?? []} /></li>`)}
  </ol>
  ${shown.length === 0 ? html`<p class="muted">No trace is like this.</p>`
    : html`<p class="muted small">The newest ${formatCount(shown.length)} of ${plural(Math.max(total, shown.length), "trace")}.</p>`}`;
}

/** @param {{ trace: ListedTrace, found: FindingGroup[] }} properties */
function Trace({ trace, found }) {
  const { trace_id, service_name, event_count, first_timestamp, last_timestamp, services } = trace;
  const others = services.filter((name) => name !== service_name);
  return html`
    <a class="id" href=${traceHref(trace_id)}><code title=${trace_id}>${shorten(trace_id, 30)}</code></a>
    <time class="muted" datetime=${first_timestamp} title=${`${formatDateTime(first_timestamp)} UTC`}>${formatAgo(first_timestamp)}</time>
    <span class="about muted">${service_name}${others.length > 0 && html`<span title=${others.join(", ")}> +${others.length}</span>`}
      ${" · "}${plural(event_count, "event")} · ${formatDuration(toMs(last_timestamp) - toMs(first_timestamp))}
      ${distinct(found).map((group) => html` · <a href=${whyHref(group, trace_id)} class=${`severity ${group.severity.toLowerCase()}`}>
        <span aria-hidden="true">${SEVERITY_SIGNS[group.severity]}</span> ${kindName(group.kind)}</a>`)}</span>
    <a class="other" href=${hrefWith({ a: trace_id }, "/compare")} aria-label=${`Compare ${trace_id} with another trace`}>compare</a>`;
}

/**
 * One of each kind, the most severe.
 * @param {FindingGroup[]} found
 */
function distinct(found) {
  return found.filter(({ kind }, place) => found.findIndex((other) => other.kind === kind) === place);
}
