// Why something is a finding: its accesses side by side, in columns by time and rows by strand, and what is
// missing between them. The sentences are the analysis'; nothing is judged here.

import { formatValue, shortPlace, shorten, toMs } from "../lib/format.js";
import { SEVERITY_SIGNS, kindName } from "../lib/words.js";
import { traceHref } from "../lib/url.js";
import { html } from "../vendor/libs.js";
import { chooseEvent } from "./choice.js";
import { Clock } from "./clock.js";
import { accessVerb, inOrder, isWrite, sinceStart, threadName } from "./told.js";

/**
 * @typedef {import("../lib/types.js").Finding} Finding
 * @typedef {import("../lib/types.js").FindingAccess} FindingAccess
 */

/**
 * Where a finding's events are told of: names of strands, labels of events, the start of the time.
 * @typedef {object} Told
 * @property {(access: FindingAccess) => string} nameOf the strand of an access
 * @property {(event: string) => string} labelOf
 * @property {number} start ms since 1970
 * @property {string | null} event the chosen one
 */

/** More accesses than this don't fit beside each other. */
const MOST_COLUMNS = 4;

/** @param {{ finding: Finding, told: Told }} properties */
export function Why({ finding, told }) {
  const severity = finding.severity.toLowerCase();
  return html`<article class=${`why ${severity}`} aria-label=${`Why: ${kindName(finding.kind)}`}>
    <h2><span class=${`severity ${severity}`}><span aria-hidden="true">${SEVERITY_SIGNS[finding.severity]}</span> ${capital(kindName(finding.kind))}</span>
      ${finding.variable !== null && html` of <code>${finding.variable}</code>`} <span class="muted">in ${finding.service}</span></h2>
    <p class="verdict"><${Verdict} finding=${finding} told=${told} /></p>
    <${Accesses} finding=${finding} told=${told} />
    <dl class="facts">
      <div><dt>Why</dt><dd>${finding.reason}</dd></div>
      <div><dt>Missing</dt><dd>${finding.missing}</dd></div>
      <div><dt>Last common ancestor</dt><dd><${Ancestor} id=${finding.common_ancestor} told=${told} /></dd></div>
    </dl>
  </article>`;
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Who collided with whom, and which value was lost; of other findings, the sentence of the analysis.
 * @param {{ finding: Finding, told: Told }} properties
 */
function Verdict({ finding, told }) {
  const [first, between, second] = roles(finding);
  if (finding.kind !== "lost_update" || !hasLost(finding) || !between || !second) return html`${finding.description}`;
  const value = html`<strong class="lost">${shorten(formatValue(finding.lost_value), 60)}</strong>`;
  return html`<${Requester} access=${second} told=${told} /> and <${Requester} access=${between} told=${told} /> collided, and the value ${value} was lost:
    ${" "}${told.nameOf(between)} wrote it after ${told.nameOf(first ?? second)} had read, and ${told.nameOf(second)} wrote ${" "}
    <strong>${shorten(formatValue(second.new_value), 60)}</strong> over it.<span class="sentence">${finding.description}</span>`;
}

/** @param {Finding} finding */
function hasLost({ lost_value: value }) {
  return value !== null && value !== undefined;
}

/** @param {{ access: FindingAccess, told: Told }} properties */
function Requester({ access, told }) {
  return html`<strong>${told.nameOf(access)}</strong> <span class="muted">(${threadName(access.thread)})</span>`;
}

/**
 * @param {Finding} finding
 * @returns {(FindingAccess | undefined)[]}
 */
function roles({ accesses }) {
  const writes = accesses.filter(({ role }) => role === "between");
  return [accesses.find(({ role }) => role === "first"), writes[writes.length - 1], accesses.find(({ role }) => role === "second")];
}

/** @param {{ finding: Finding, told: Told }} properties */
function Accesses({ finding, told }) {
  const accesses = inOrder(finding);
  const strands = [...new Set(accesses.map(strandKey))];
  const isPair = accesses.length === strands.length;
  const isPlaced = accesses.length <= MOST_COLUMNS;
  return html`<ol class="accesses" style=${{ "--columns": Math.min(accesses.length, MOST_COLUMNS) }}>
    ${accesses.map((access, at) => html`
      <${AccessCard} key=${access.event_id} access=${access} number=${at + 1} finding=${finding} told=${told}
        place=${isPlaced ? { gridRow: isPair ? 1 : strands.indexOf(strandKey(access)) + 1, gridColumn: at + 1 } : {}} />`)}
  </ol>`;
}

/** @param {FindingAccess} access */
function strandKey({ trace_id, strand }) {
  return `${trace_id ?? ""} ${strand}`;
}

/**
 * @param {{ access: FindingAccess, number: number, finding: Finding, told: Told, place: Record<string, number> }} properties
 */
function AccessCard({ access, number, finding, told, place }) {
  const isLost = hasLost(finding) && access.role !== "second" && isWrite(access)
    && formatValue(access.new_value) === formatValue(finding.lost_value);
  const others = finding.accesses.filter((other) => other !== access).map(({ clock }) => clock);
  return html`<li class=${`access ${access.role} ${access.event_id === told.event ? "chosen" : ""}`} style=${place}>
    <h3><span class="access-number">${number}</span> ${told.nameOf(access)}</h3>
    <p class="act"><${Act} access=${access} isNamed=${finding.variable !== null} told=${told} />${isLost && html` <span class="lost-tag">✗ lost</span>`}</p>
    <dl>
      <div><dt>At</dt><dd><code title=${access.location}>${shortPlace(access.location)}</code></dd></div>
      <div><dt>When</dt><dd>${sinceStart(toMs(access.timestamp) - told.start)} <span class="muted">(${threadName(access.thread)})</span></dd></div>
      <div><dt>Locks</dt><dd>${access.locks.length ? html`<code>${access.locks.join(", ")}</code>` : "none held"}</dd></div>
      <div><dt>Clock</dt><dd><${Clock} clock=${access.clock} others=${others} /></dd></div>
    </dl>
  </li>`;
}

/** @param {{ access: FindingAccess, isNamed: boolean, told: Told }} properties */
function Act({ access, isNamed, told }) {
  const act = stepVerb(access, isNamed);
  if (access.trace_id !== undefined) return html`<a href=${traceHref(access.trace_id, { event: access.event_id })}>${act}</a>`;
  return html`<button class="plain pick" aria-pressed=${access.event_id === told.event} onClick=${() => chooseEvent(access.event_id)}>${act}</button>`;
}

/**
 * @param {FindingAccess} access
 * @param {boolean} isNamed whether what it is of stands above all of them
 */
function stepVerb(access, isNamed) {
  if (access.role === "holds" || access.role === "takes") return `${access.role} ${shorten(access.of, 60)}`;
  return isNamed ? accessVerb(access) : `${shorten(access.of, 40)}: ${accessVerb(access)}`;
}

/** @param {{ id: string | null, told: Told }} properties */
function Ancestor({ id, told }) {
  if (id === null) return html`none: they have no event before them in common`;
  return html`<button class="plain pick" aria-pressed=${id === told.event} onClick=${() => chooseEvent(id)}>${told.labelOf(id)}</button>`;
}
