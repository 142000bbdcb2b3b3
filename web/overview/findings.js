// What was found, by place: the list that people come for.

import { html } from "../vendor/libs.js";
import { formatAgo, formatCount, formatDateTime, formatDuration, plural, shorten } from "../lib/format.js";
import { hrefWith, traceHref } from "../lib/url.js";
import { SEVERITY_SIGNS, kindName } from "../lib/words.js";
import { Sparkline } from "./sparkline.js";

/**
 * @typedef {import("../lib/types.js").Findings} Findings
 * @typedef {import("../lib/types.js").FindingGroup} FindingGroup
 */

/**
 * Where it shows why: in the trace, or, where findings tie traces together, in the history of the variable.
 * @param {FindingGroup} group
 * @param {string} trace_id
 */
export function whyHref({ kind, variable, service, count, trace_count }, trace_id) {
  const tiesTraces = trace_count > count;
  if (tiesTraces && variable !== null) return hrefWith({ name: variable, service, finding: kind }, "/variable");
  return traceHref(trace_id, { finding: variable === null ? kind : `${kind}:${variable}` });
}

/**
 * Those in which the text stands somewhere.
 * @param {FindingGroup[]} groups
 * @param {string} text
 */
export function withText(groups, text) {
  const wanted = text.toLowerCase();
  return groups.filter(({ kind, variable, service, places, description, trace_ids }) =>
    [kindName(kind), variable ?? "", service, description, ...places, ...trace_ids].some((part) => part.toLowerCase().includes(wanted)));
}

/** @param {{ findings: Findings, groups: FindingGroup[] }} properties `groups`: those that are shown */
export function FindingList({ findings, groups }) {
  return html`<ol class="findings" data-findings=${groups.length}>
    ${groups.map((group) => html`<li key=${`${group.kind} ${group.variable} ${group.service} ${group.places.join()}`}>
      <${Group} group=${group} seconds=${findings.bucket_seconds} /></li>`)}
  </ol>
  ${findings.groups_omitted > 0 && html`<p class="muted small">${plural(findings.groups_omitted, "more place is", "more places are")} not listed. Choose a service or a kind to see them.</p>`}`;
}

/** @param {{ group: FindingGroup, seconds: number }} properties */
function Group({ group, seconds }) {
  const { kind, service, places, count, trace_ids, counts, last_timestamp, description } = group;
  const severity = group.severity.toLowerCase();
  const newest = trace_ids[0];
  return html`<article class=${`finding ${severity}`}>
    <div class="what">
      <span class=${`severity ${severity}`}><span aria-hidden="true">${SEVERITY_SIGNS[group.severity]}</span> ${kindName(kind)}
        <span class="hidden">(${severity})</span></span>
      <a class="subject" href=${newest === undefined ? hrefWith({}) : whyHref(group, newest)}>
        ${subjectOf(group)}<span class="hidden">: show why</span></a>
    </div>
    <div class="where"><span>${service}</span> ${places.map((place) => html` <code title=${place}>${shorten(place, 40)}</code>`)}</div>
    <p class="sentence">${description}</p>
    <div class="often">
      <span><strong>${formatCount(count)}×</strong> <span class="muted">in ${plural(group.trace_count, "trace")}</span></span>
      <time class="muted" datetime=${last_timestamp} title=${`${formatDateTime(last_timestamp)} UTC`}>${formatAgo(last_timestamp)}</time>
    </div>
    <${Sparkline} counts=${counts} class=${severity}
      label=${`${plural(count, "time")}; at most ${formatCount(Math.max(0, ...counts))} within ${formatDuration(seconds * 1000)}`} />
    <${Traces} group=${group} />
  </article>`;
}

/**
 * What it is about: its variable, if it is one.
 * @param {FindingGroup} group
 */
function subjectOf({ kind, variable }) {
  return variable ?? (kind === "deadlock" ? "locks" : "several variables");
}

/** @param {{ group: FindingGroup }} properties */
function Traces({ group }) {
  const { trace_ids, trace_count, variable, service } = group;
  return html`<details class="traces-of">
    <summary>Traces</summary>
    <ul>${trace_ids.map((id) => html`<li><a href=${whyHref(group, id)}><code>${shorten(id, 48)}</code></a></li>`)}</ul>
    <p class="small">
      ${trace_count > trace_ids.length && html`<span class="muted">The newest ${trace_ids.length} of ${formatCount(trace_count)}. </span>`}
      ${variable && html`<a href=${hrefWith({ name: variable, service }, "/variable")}>History of ${variable}</a>`}
    </p>
  </details>`;
}
