// Which variable: those with findings and those with most accesses, or one by its name.

import { html } from "../vendor/libs.js";
import { useAnswer } from "../lib/api.js";
import { FindingKind, Loading } from "../lib/components.js";
import { formatCount } from "../lib/format.js";
import { useReady } from "../lib/ready.js";
import { go, hrefWith } from "../lib/url.js";

/**
 * @typedef {{ variable: string, access_count: number, trace_count: number, services: string[] }} Hotspot
 * @typedef {import("../lib/types.js").FindingGroup} FindingGroup
 */

export function Picker() {
  const hotspots = useAnswer("/api/distributed/hotspots");
  const findings = useAnswer("/api/findings");
  const isKnown = !hotspots.loading && !findings.loading;
  useReady(isKnown ? "ready" : "loading");
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    go(hrefWith({ name: String(form.get("name")), service: String(form.get("service")) }, "/variable"));
  };
  return html`<section class="variable">
    <h1>Which variable?</h1>
    <p class="muted">Its history over all traces: each value, who wrote it, and which requests came between each other.</p>
    <form class="choice" onSubmit=${submit}>
      <label>Variable <input name="name" required autocomplete="off" /></label>
      <label>Service <input name="service" placeholder="any" autocomplete="off" /></label>
      <button>Show its history</button>
    </form>
    ${isKnown ? html`<${Known} hotspots=${hotspots.data?.top_variables ?? []} groups=${findings.data?.groups ?? []} />` : html`<${Loading} />`}
  </section>`;
}

/** @param {{ hotspots: Hotspot[], groups: FindingGroup[] }} properties */
function Known({ hotspots, groups }) {
  const rows = rowsOf(hotspots, groups);
  if (rows.length === 0) return html`<p>No access of a variable has been recorded yet.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Variables"><table>
    <thead><tr><th scope="col">Variable</th><th scope="col">Services</th><th scope="col">Found</th>
      <th scope="col" class="number">Accesses</th><th scope="col" class="number">Traces</th></tr></thead>
    <tbody>${rows.map(({ name, services, found, hotspot }) => html`<tr key=${name}>
      <th scope="row"><a href=${hrefWith({ name, service: services.length === 1 ? services[0] : null }, "/variable")}><code>${name}</code></a></th>
      <td>${services.join(", ")}</td>
      <td>${found.length > 0 ? found.map(({ kind, severity, count }) => html`<${FindingKind} kind=${kind} severity=${severity} /> ${formatCount(count)}× `) : "–"}</td>
      <td class="number">${hotspot ? formatCount(hotspot.access_count) : "–"}</td><td class="number">${hotspot ? formatCount(hotspot.trace_count) : "–"}</td></tr>`)}</tbody>
  </table></div>`;
}

/**
 * Those with findings first, most severe first, then those with most accesses.
 * @param {Hotspot[]} hotspots
 * @param {FindingGroup[]} groups
 */
function rowsOf(hotspots, groups) {
  const names = new Set([...groups.flatMap(({ variable }) => variable ?? []), ...hotspots.map(({ variable }) => variable)]);
  return [...names].map((name) => {
    const hotspot = hotspots.find(({ variable }) => variable === name);
    const found = groups.filter(({ variable }) => variable === name);
    const services = [...new Set([...found.map(({ service }) => service), ...hotspot?.services ?? []])];
    return { name, services, found, hotspot };
  });
}
