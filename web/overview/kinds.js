// What is found, by kind: how often, when, and what the kind means.

import { html } from "../vendor/libs.js";
import { formatCount, formatDuration, plural } from "../lib/format.js";
import { hrefWith } from "../lib/url.js";
import { SEVERITY_SIGNS, kindName } from "../lib/words.js";
import { Sparkline } from "./sparkline.js";

/**
 * @typedef {import("../lib/types.js").Findings} Findings
 * @typedef {import("../lib/types.js").FindingGroup} FindingGroup
 * @typedef {{ kind: string, severity: string, count: number, places: number, counts: number[] }} KindSum
 */

/** @type {Record<string, string>} */
const MEANINGS = {
  race: "Two accesses that nothing orders, and no lock keeps apart",
  lost_update: "A write went over another that its request had not seen",
  own_write_lost: "A request read back another value than it had written",
  write_skew: "Each of two requests read what the other then wrote",
  dirty_write: "Each of two requests wrote after the other",
  deadlock: "Locks are taken in a cycle: requests can wait for each other for ever",
  unserializable: "No order of whole requests explains what was read and written",
  intermediate_read: "A value was read that its writer was about to change again",
  dirty_read: "What a request had written was read while it went on",
  non_repeatable_read: "A request read a variable twice, and found another value",
  read_skew: "A request read two variables of different states",
  circular_information_flow: "Each of two requests has read what the other wrote",
};

/** Kinds that one may look for, also where none is found. */
export const KINDS = Object.keys(MEANINGS);

/**
 * Sums by kind, most severe first.
 * @param {FindingGroup[]} groups most severe first
 * @returns {KindSum[]}
 */
export function byKind(groups) {
  /** @type {Map<string, KindSum>} */
  const sums = new Map();
  for (const { kind, severity, count, counts } of groups) {
    const sum = sums.get(kind) ?? { kind, severity, count: 0, places: 0, counts: counts.map(() => 0) };
    sum.count += count;
    sum.places += 1;
    counts.forEach((one, bucket) => { sum.counts[bucket] += one; });
    sums.set(kind, sum);
  }
  return [...sums.values()];
}

/** @param {{ findings: Findings, groups: FindingGroup[], chosen: string }} properties `groups`: those that are shown */
export function Kinds({ findings, groups, chosen }) {
  const sums = byKind(groups);
  return html`<ul class="kinds">
    ${sums.map((sum) => html`<li key=${sum.kind}><${Kind} sum=${sum} seconds=${findings.bucket_seconds} isChosen=${chosen === sum.kind} /></li>`)}
  </ul>`;
}

/** @param {{ sum: KindSum, seconds: number, isChosen: boolean }} properties */
function Kind({ sum, seconds, isChosen }) {
  const severity = sum.severity.toLowerCase();
  const each = formatDuration(seconds * 1000);
  const label = `${kindName(sum.kind)}: ${plural(sum.count, "time")}, at most ${formatCount(Math.max(0, ...sum.counts))} within ${each}`;
  return html`<a class=${`kind ${severity}`} data-stay href=${hrefWith({ kind: isChosen ? null : sum.kind })}
      aria-current=${isChosen ? "true" : undefined} title=${isChosen ? "Show all kinds" : "Show this kind only"}>
    <span class=${`severity ${severity}`}><span aria-hidden="true">${SEVERITY_SIGNS[sum.severity]}</span> ${kindName(sum.kind)}</span>
    <span class="count">${formatCount(sum.count)}</span>
    <${Sparkline} counts=${sum.counts} label=${label} class=${severity} />
    <span class="meaning">${MEANINGS[sum.kind] ?? plural(sum.places, "place")}</span>
  </a>`;
}
