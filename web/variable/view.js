// A variable across traces: its values over time, and the requests that came between each other.

import { html, useEffect, useRef, useState } from "../vendor/libs.js";
import { urlOf, useAnswer } from "../lib/api.js";
import { Degraded, Failure, Loading } from "../lib/components.js";
import { formatDateTime, formatDuration, plural, toMs } from "../lib/format.js";
import { useReady } from "../lib/ready.js";
import { loadStyle } from "../lib/styles.js";
import { choose, hrefWith, useLocation } from "../lib/url.js";
import { Time, filtersOf, windowOf } from "../overview/filters.js";
import { Accesses } from "./accesses.js";
import { Chart } from "./chart.js";
import { Chosen } from "./chosen.js";
import { Patterns } from "./patterns.js";
import { Picker } from "./picker.js";

await loadStyle("/variable/style.css");

/** @typedef {import("../lib/types.js").VariableHistory} VariableHistory */

export function View() {
  const { query } = useLocation();
  const name = query.get("name") ?? "";
  return name === "" ? html`<${Picker} />` : html`<${History} key=${name} name=${name} query=${query} />`;
}

/** @param {{ name: string, query: URLSearchParams }} properties */
function History({ name, query }) {
  const filters = filtersOf(query);
  const { data, error, degraded } = useAnswer(urlOf("/api/variable", { name, service: filters.service, ...windowOf(filters) }));
  const history = /** @type {VariableHistory | null} */ (data);
  useReady(history ? "ready" : error ? "failed" : "loading");
  if (!history) return error ? html`<${Failure} title="This history can't be read" text=${error.message} />` : html`<${Loading} />`;
  return html`<section class="variable">
    <h1><code>${name}</code>${filters.service && html` <span class="muted">in ${filters.service}</span>`}</h1>
    ${degraded && html`<${Degraded} />`}
    <p>${summary(history)} <a class="no-print" href="/variable">Another variable</a></p>
    <form class="choice no-print" aria-label="Filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label>Service <select value=${filters.service} onChange=${(/** @type {{ target: HTMLSelectElement }} */ { target }) => choose({ service: target.value })}>
        <option value="">All services</option>
        ${servicesOf(history, filters.service).map((service) => html`<option value=${service}>${service}</option>`)}</select></label>
      <${Time} filters=${filters} />
      <${Spacing} byTime=${query.get("spacing") === "time"} />
    </form>
    ${history.accesses.length === 0 ? html`<p class="note">No access of it was recorded in this time. <a href=${hrefWith({ last: null, from: null, until: null, service: null })}>Look everywhere</a></p>`
      : html`<${Found} history=${history} query=${query} />`}
  </section>`;
}

/** @param {{ history: VariableHistory, query: URLSearchParams }} properties */
function Found({ history: { accesses, accesses_omitted, findings, findings_omitted }, query }) {
  const [event, asked] = [query.get("event") ?? "", query.get("finding") ?? ""];
  const [box, width] = useWidth();
  const newest = [...findings].sort((a, b) => (latest(a) < latest(b) ? 1 : -1));
  // By its id, or the newest of a kind.
  const finding = newest.find(({ id }) => id === asked) ?? newest.find(({ kind }) => kind === asked) ?? null;
  return html`
    <div ref=${box}>${width > 0 && html`<${Chart} accesses=${accesses} event=${event} width=${width} byTime=${query.get("spacing") === "time"}
      finding=${finding} />`}</div>
    <p class="legend small muted"><span><svg width="10" height="10" aria-hidden="true"><rect class="write" x="1" y="1" width="8" height="8" /></svg> write</span>
      <span><svg width="10" height="10" aria-hidden="true"><circle class="read" cx="5" cy="5" r="4" /></svg> read</span>
      <span><svg width="10" height="10" aria-hidden="true"><path class="flag" d="M5 9L9 2H1Z" /></svg> part of a finding</span>
      <span>bars below: one request each</span></p>
    <${Chosen} access=${accesses.find(({ event_id }) => event_id === event) ?? null} />
    <section aria-labelledby="patterns"><h2 id="patterns">What requests did to each other</h2>
      <${Patterns} findings=${newest} omitted=${findings_omitted} chosen=${finding?.id ?? ""} /></section>
    <section aria-labelledby="accesses"><h2 id="accesses">Accesses</h2>
      <${Accesses} accesses=${accesses} omitted=${accesses_omitted} event=${event} /></section>`;
}

/** @param {import("../lib/types.js").Finding} finding */
function latest({ accesses }) {
  return accesses.reduce((last, { timestamp }) => (timestamp > last ? timestamp : last), "");
}

/** @param {{ byTime: boolean }} properties */
function Spacing({ byTime }) {
  return html`<fieldset class="spacing"><legend>Spacing</legend>
    <button type="button" aria-pressed=${!byTime} onClick=${() => choose({ spacing: null })}>Each access</button>
    <button type="button" aria-pressed=${byTime} onClick=${() => choose({ spacing: "time" })}>By time</button></fieldset>`;
}

/** @param {VariableHistory} history */
function summary({ accesses, accesses_omitted, findings, findings_omitted }) {
  if (accesses.length === 0) return "";
  const [first, last] = [accesses[0].timestamp, accesses[accesses.length - 1].timestamp];
  const traces = new Set(accesses.map(({ trace_id }) => trace_id)).size;
  const newest = accesses_omitted > 0 ? `The newest ${accesses.length} of ${accesses.length + accesses_omitted} accesses` : plural(accesses.length, "access", "accesses");
  const found = findings.length + findings_omitted;
  return html`${newest} in ${plural(traces, "trace")} within ${formatDuration(toMs(last) - toMs(first))}, until ${formatDateTime(last)} UTC.
    ${" "}<strong>${found === 0 ? "No requests came between each other." : `${plural(found, "time")}, requests came between each other.`}</strong>`;
}

/**
 * @param {VariableHistory} history
 * @param {string} chosen
 */
function servicesOf({ accesses }, chosen) {
  return [...new Set([...accesses.map(({ service }) => service), ...chosen ? [chosen] : []])].sort();
}

/**
 * The width that there is, in pixels.
 * @returns {[{ current: HTMLElement | null }, number]}
 */
function useWidth() {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) => setWidth(Math.floor(contentRect.width)));
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}
