// Which traces: by their ids, or out of the newest ones.

import { html } from "../vendor/libs.js";
import { urlOf, useAnswer } from "../lib/api.js";
import { Loading } from "../lib/components.js";
import { formatAgo, formatCount, formatDuration, shorten, toMs } from "../lib/format.js";
import { useReady } from "../lib/ready.js";
import { go, hrefWith } from "../lib/url.js";

/** @typedef {import("../lib/types.js").TraceSummary & { service_name: string }} ListedTrace */

/** @param {{ a: string, b: string, service: string }} properties those that are chosen already */
export function Picker({ a, b, service }) {
  const { data, loading } = useAnswer(urlOf("/api/traces", { page_size: 50, service }));
  useReady(loading && !data ? "loading" : "ready");
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    go(hrefWith({ a: String(form.get("a")).trim(), b: String(form.get("b")).trim() }, "/compare"));
  };
  return html`<section class="compare">
    <h1>${a || b ? "Compare with which trace?" : "Which two traces?"}</h1>
    <p class="muted">What one did that the other did not, and where the time went. Best with two traces of one operation.</p>
    <form class="choice" onSubmit=${submit}>
      <label>Trace A <input name="a" required value=${a} autocomplete="off" spellcheck="false" /></label>
      <label>Trace B <input name="b" required value=${b} autocomplete="off" spellcheck="false" /></label>
      <button>Compare</button>
    </form>
    ${data ? html`<${Newest} traces=${data.traces} a=${a} b=${b} />` : html`<${Loading} />`}
  </section>`;
}

/** @param {{ traces: ListedTrace[], a: string, b: string }} properties */
function Newest({ traces, a, b }) {
  if (traces.length === 0) return html`<p>No trace has been recorded yet.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="The newest traces"><table>
    <thead><tr><th scope="col">Newest traces</th><th scope="col">Service</th><th scope="col" class="number">Events</th><th scope="col" class="number">Took</th>
      <th scope="col" class="number">Began</th><th scope="col"><span class="hidden">Choose</span></th></tr></thead>
    <tbody>${traces.map((trace) => html`<tr key=${trace.trace_id} class=${trace.trace_id === a || trace.trace_id === b ? "chosen" : undefined}>
      <th scope="row"><code title=${trace.trace_id}>${shorten(trace.trace_id, 40)}</code></th><td>${trace.service_name}</td>
      <td class="number">${formatCount(trace.event_count)}</td><td class="number">${formatDuration(toMs(trace.last_timestamp) - toMs(trace.first_timestamp))}</td>
      <td class="number">${formatAgo(trace.first_timestamp)}</td><td>${choices(trace.trace_id, a, b)}</td></tr>`)}</tbody>
  </table></div>`;
}

/**
 * @param {string} id
 * @param {string} a
 * @param {string} b
 */
function choices(id, a, b) {
  if (id === a) return "A";
  if (id === b) return "B";
  const link = (/** @type {"a" | "b"} */ name, /** @type {string} */ words) => html`<a href=${hrefWith({ [name]: id })} data-stay aria-label=${`${words}: ${id}`}>${words}</a>`;
  return a ? link("b", "as B") : b ? link("a", "as A") : link("a", "as A");
}
