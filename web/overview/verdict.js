// The answer to what people come with: is something racing, where, and why.

import { html } from "../vendor/libs.js";
import { formatAgo, formatCount, plural } from "../lib/format.js";
import { kindName } from "../lib/words.js";
import { isFiltered } from "./filters.js";
import { whyHref } from "./findings.js";

/**
 * @typedef {import("../lib/types.js").Findings} Findings
 * @typedef {import("../lib/types.js").FindingGroup} FindingGroup
 */

/** @param {{ findings: Findings, groups: FindingGroup[], filters: import("./filters.js").Filters }} properties */
export function Verdict({ findings, groups, filters }) {
  const looked = html`<span class="muted">${examined(findings)}</span>`;
  const [worst] = groups;
  if (!worst) {
    return html`<div class="verdict good">
      <h1><span aria-hidden="true">✓</span> ${isFiltered(filters) ? "Nothing like this was found" : "Nothing is racing"}</h1>
      <p>${looked}</p>
    </div>`;
  }
  const [newest] = worst.trace_ids;
  return html`<div class=${`verdict ${worst.severity.toLowerCase()}`}>
    <h1>${headline(groups)}</h1>
    <p>The worst: <strong>${kindName(worst.kind)}</strong>${worst.variable && html` of <code>${worst.variable}</code>`} in ${worst.service}${place(worst)},
      ${" "}${formatCount(worst.count)}× in ${plural(worst.trace_count, "trace")}, last ${formatAgo(worst.last_timestamp)}. ${looked}</p>
    ${newest !== undefined && html`<a class="why" href=${whyHref(worst, newest)}>Show why <span aria-hidden="true">→</span></a>`}
  </div>`;
}

/** @param {FindingGroup[]} groups */
function headline(groups) {
  const variables = new Set(groups.filter(({ variable }) => variable !== null).map(({ service, variable }) => `${service} ${variable}`));
  if (variables.size === 0) return groups.every(({ kind }) => kind === "deadlock") ? "Requests can deadlock" : "Requests are in conflict";
  if (variables.size > 1) return `${formatCount(variables.size)} variables are racing`;
  return html`<code>${groups.find(({ variable }) => variable !== null)?.variable}</code> is racing`;
}

/** @param {FindingGroup} group */
function place({ places }) {
  return places.length > 0 ? html` at <code>${places[0]}</code>` : "";
}

/** @param {Findings} findings */
function examined({ traces_examined, traces_omitted }) {
  const seen = `${plural(traces_examined, "trace was", "traces were")} looked at`;
  return traces_omitted > 0 ? `${seen}, the newest of ${formatCount(traces_examined + traces_omitted)}.` : `${seen}.`;
}
