// What is in the file that is open.

import { html } from "../vendor/libs.js";
import { formatCount, plural } from "../lib/format.js";
import { choose } from "../lib/url.js";

/** @param {{ file: File, graph: import("../lib/types.js").OpenedGraph }} properties */
export function About({ file, graph: { trace_id, traces, rejected } }) {
  const change = (/** @type {{ target: HTMLSelectElement }} */ { target }) => choose({ trace: target.value, finding: null, event: null });
  return html`<p><strong>${file.name}</strong> <span class="muted">is not stored.</span>
    ${traces.length > 1 && html` <label>Trace <select value=${trace_id} onChange=${change}>${traces.map((trace) => html`
      <option value=${trace.trace_id}>${trace.trace_id} (${plural(trace.event_count, "event")})</option>`)}</select></label>`}
    ${rejected.length > 0 && html`<details class="rejected"><summary>${plural(rejected.length, "event was", "events were")} rejected</summary>
      <ul>${rejected.map(({ index, id, reason }) => html`<li>Number ${formatCount(index + 1)} ${id && html`<code>${id}</code>`}: ${reason}</li>`)}</ul></details>`}</p>`;
}
