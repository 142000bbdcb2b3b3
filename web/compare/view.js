// Two traces of one operation: what one did that the other did not, and where time went.

import { html } from "../vendor/libs.js";
import { urlOf, useAnswer } from "../lib/api.js";
import { Degraded, Failure, Loading } from "../lib/components.js";
import { useReady } from "../lib/ready.js";
import { loadStyle } from "../lib/styles.js";
import { choose, hrefWith, useLocation } from "../lib/url.js";
import { Picker } from "./picker.js";
import { Strands } from "./strands.js";
import { FindingSums, ServiceSums, Sums } from "./sums.js";

await loadStyle("/compare/style.css");

/** @typedef {import("../lib/types.js").Comparison} Comparison */

export function View() {
  const { query } = useLocation();
  const [a, b] = [query.get("a") ?? "", query.get("b") ?? ""];
  if (a && b) return html`<${Compared} key=${`${a} ${b}`} a=${a} b=${b} onlyDifferent=${query.get("show") === "different"} />`;
  return html`<${Picker} a=${a} b=${b} service=${query.get("service") ?? ""} />`;
}

/** @param {{ a: string, b: string, onlyDifferent: boolean }} properties */
function Compared({ a, b, onlyDifferent }) {
  const { data, error, degraded } = useAnswer(urlOf("/api/compare", { a, b }));
  const comparison = /** @type {Comparison | null} */ (data);
  useReady(comparison ? "ready" : error ? "failed" : "loading");
  if (error && !comparison) {
    return html`<${Failure} title="These traces can't be compared" text=${error.message}><p><a href=${hrefWith({ a, b: null })}>Choose another</a></p><//>`;
  }
  if (!comparison) return html`<${Loading} />`;
  return html`<section class="compare">
    <h1>Two traces compared</h1>
    ${degraded && html`<${Degraded} />`}
    <${Sums} comparison=${comparison} />
    <div class="beside">
      <section aria-labelledby="time"><h2 id="time">Where time went</h2><${ServiceSums} comparison=${comparison} /></section>
      <section aria-labelledby="found"><h2 id="found">What was found</h2><${FindingSums} comparison=${comparison} /></section>
    </div>
    <section aria-labelledby="strands">
      <div class="title"><h2 id="strands">Strands and their operations</h2>
        <label class="no-print"><input type="checkbox" checked=${onlyDifferent} onChange=${() => choose({ show: onlyDifferent ? null : "different" })} /> only strands that differ</label></div>
      <${Strands} comparison=${comparison} onlyDifferent=${onlyDifferent} /></section>
  </section>`;
}
