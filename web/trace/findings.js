// The findings of a trace, to go from one to the next.

import { formatCount, formatOffset, plural, shortPlace, toMs } from "../lib/format.js";
import { FindingKind } from "../lib/components.js";
import { html } from "../vendor/libs.js";
import { chooseFinding } from "./choice.js";

/**
 * @typedef {import("../lib/types.js").Finding} Finding
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./model.js").Model} Model
 */

const LAST = ["between", "second", "takes"];
/** Findings that are listed before and after the chosen one, at most. */
const AROUND = 50;

/** @param {{ model: Model, choice: Choice }} properties */
export function FindingList({ model, choice }) {
  const { findings, findings_omitted: omitted } = model.graph;
  const at = choice.finding ? findings.indexOf(choice.finding) : -1;
  const first = Math.max(0, Math.min(at - AROUND, findings.length - 2 * AROUND));
  const listed = findings.slice(first, first + 2 * AROUND);
  const left = findings.length - listed.length + omitted;
  return html`<nav class="findings no-print" aria-label="Findings">
    <div class="findings-head"><h2>${plural(findings.length + omitted, "finding")}</h2>
      ${findings.length > 1 && html`<span class="segments">
        <button aria-label="Previous finding" title="Previous finding (p)" onClick=${() => stepFinding(model, choice, -1)}>↑</button>
        <button aria-label="Next finding" title="Next finding (n)" onClick=${() => stepFinding(model, choice, 1)}>↓</button></span>`}
    </div>
    <ul>${listed.map((finding) => html`<li key=${finding.id}>
      <button class="plain" aria-pressed=${finding === choice.finding} onClick=${() => chooseFinding(finding)}>
        <${FindingKind} kind=${finding.kind} severity=${finding.severity} />
        <span class="finding-of">${finding.variable ?? finding.service}</span>
        <span class="finding-of">${placeOf(finding)}, ${formatOffset(lastTime(finding) - model.start)}</span></button></li>`)}</ul>
    ${left > 0 && html`<p class="muted small">${formatCount(left)} more are not listed.</p>`}
  </nav>`;
}

/**
 * Where it went wrong: the last steps of it.
 * @param {Finding} finding
 */
function placeOf({ accesses }) {
  return [...new Set(accesses.filter(({ role }) => LAST.includes(role)).map(({ location }) => shortPlace(location)))].join(" and ");
}

/** @param {Finding} finding */
function lastTime({ accesses }) {
  return Math.max(...accesses.map(({ timestamp }) => toMs(timestamp)));
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {1 | -1} by
 */
export function stepFinding(model, choice, by) {
  const { findings } = model.graph;
  if (findings.length === 0) return;
  const at = choice.finding ? findings.indexOf(choice.finding) : by > 0 ? -1 : 0;
  chooseFinding(findings[(at + by + findings.length) % findings.length]);
}
