// The access that is chosen.

import { html } from "../vendor/libs.js";
import { formatDateTime, formatTime, formatValue } from "../lib/format.js";
import { traceHref } from "../lib/url.js";

/** @param {{ access: import("../lib/types.js").HistoryAccess | null }} properties */
export function Chosen({ access }) {
  if (!access) return null;
  const { access_type, old_value, new_value, trace_id, event_id, location, service, thread, timestamp, locks } = access;
  return html`<p class="note chosen-access" aria-live="polite"><strong>${access_type}</strong>
    ${" "}${old_value !== null && html`<code>${formatValue(old_value)}</code> → `}<code>${formatValue(new_value)}</code>
    ${" "}at <code>${location || "an unknown place"}</code> by ${service}, ${thread}, ${formatDateTime(timestamp).slice(0, 10)} ${formatTime(timestamp)} UTC,
    ${" "}${locks.length > 0 ? `holding ${locks.join(", ")}` : "holding no lock"}.
    ${" "}<a href=${traceHref(trace_id, { event: event_id })}>Show it in its trace</a></p>`;
}
