// Taking the trace along, in the formats of other programs, and to where two traces are compared.

import { authorization, urlOf } from "../lib/api.js";
import { toTimestamp } from "../lib/format.js";
import { hrefWith } from "../lib/url.js";
import { html, useState } from "../vendor/libs.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./model.js").Model} Model
 */

const FORMATS = [
  { format: "ndjson", name: "NDJSON", use: "Raceway, as it was sent" },
  { format: "perfetto", name: "Perfetto", use: "ui.perfetto.dev, Chrome tracing" },
  { format: "shiviz", name: "ShiViz log", use: "bestchai.bitbucket.io/shiviz" },
  { format: "jaeger", name: "Jaeger JSON", use: "Jaeger's upload" },
  { format: "otlp", name: "OTLP JSON", use: "OpenTelemetry collectors" },
];

/** @param {{ model: Model, axis: Axis }} properties `axis` of time */
export function Exports({ model, axis }) {
  const [failure, setFailure] = useState("");
  const path = `/api/traces/${encodeURIComponent(model.graph.trace_id)}/export`;
  const view = axis.isZoomed
    ? { from: toTimestamp(model.start + axis.span[0]), until: toTimestamp(model.start + axis.span[1]) }
    : null;
  const list = (/** @type {Record<string, string>} */ window) => html`<ul>${FORMATS.map(({ format, name, use }) => html`<li>
    <a href=${urlOf(path, { format, ...window })} download="" onClick=${(/** @type {any} */ event) => downloadWithKey(event, setFailure)}>${name}</a>
    <small>${use}</small></li>`)}</ul>`;
  return html`<details class="menu"><summary class="button">Export</summary><div class="menu-body exports">
      <h3>The whole trace</h3>${list({})}
      ${view && html`<h3>What is in view</h3>${list(view)}`}
      ${failure && html`<p role="alert">${failure}</p>`}
    </div></details>
    <a class="button" href=${hrefWith({ a: model.graph.trace_id }, "/compare")}>Compare</a>`;
}

/**
 * Downloads what a link leads to by a request that presents the key, if one is kept; links can't present it.
 * @param {Event & { currentTarget: HTMLAnchorElement }} event
 * @param {(failure: string) => void} onFailure
 */
async function downloadWithKey(event, onFailure) {
  const headers = authorization();
  if (Object.keys(headers).length === 0) return;
  event.preventDefault();
  const { href } = event.currentTarget;
  try {
    const response = await fetch(href, { headers });
    if (!response.ok) throw new Error(`The sidecar answered ${response.status}.`);
    const name = /filename="?([^";]+)/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "trace";
    save(await response.blob(), name);
  } catch (error) {
    onFailure(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
