// Strands of two traces side by side, operation by operation.

import { html, useState } from "../vendor/libs.js";
import { formatCount, formatDuration, plural } from "../lib/format.js";
import { traceHref } from "../lib/url.js";
import { differenceOf, runs, slowdown } from "./align.js";

/**
 * @typedef {import("../lib/types.js").Comparison} Comparison
 * @typedef {import("../lib/types.js").ComparedStrand} ComparedStrand
 * @typedef {ComparedStrand["operations"][number]} Row
 */

/** Rows that are the same and follow each other are shown, up to so many. */
const FEW = 3;

/** @param {{ comparison: Comparison, onlyDifferent: boolean }} properties */
export function Strands({ comparison, onlyDifferent }) {
  const { a, b, strands } = comparison;
  const longest = Math.max(1e-9, ...strands.flatMap(({ operations }) => operations.flatMap(({ a: one, b: other }) => [one?.total_ms ?? 0, other?.total_ms ?? 0])));
  const shown = strands.filter((strand) => !onlyDifferent || differs(strand));
  return html`
    ${shown.map((strand, place) => html`<${Strand} key=${place} strand=${strand} ids=${{ a: a.trace_id, b: b.trace_id }} longest=${longest} />`)}
    ${shown.length < strands.length && html`<p class="muted small">${plural(strands.length - shown.length, "strand is", "strands are")} the same in both.</p>`}`;
}

/** @param {ComparedStrand} strand */
function differs({ a, b, operations }) {
  return a === null || b === null || operations.some((row) => differenceOf(row) !== "same");
}

/** @param {{ strand: ComparedStrand, ids: { a: string, b: string }, longest: number }} properties */
function Strand({ strand, ids, longest }) {
  const { a, b, operations } = strand;
  return html`<section class="strand">
    <h3>${a ?? b} ${a === null && html`<span class="only b">+ only in B</span>`}${b === null && html`<span class="only a">− only in A</span>`}
      ${a !== null && b !== null && a !== b && html` <span class="muted">and ${b}</span>`}</h3>
    <div class="scroll" tabindex="0" role="region" aria-label=${`Operations of ${a ?? b}`}><table class="operations">
      <thead><tr><th scope="col"><span class="hidden">Difference</span></th><th scope="col">Operation</th><th scope="col">A</th><th scope="col">B</th><th scope="col" class="number">B − A</th></tr></thead>
      ${runs(operations, FEW).map(({ rows, isRun }, place) => (isRun
        ? html`<${Same} key=${place} rows=${rows} ids=${ids} longest=${longest} />`
        : html`<tbody key=${place}>${rows.map((row) => html`<${Operation} row=${row} ids=${ids} longest=${longest} />`)}</tbody>`))}
    </table></div></section>`;
}

/**
 * Many rows that are the same: their number, until they are wanted.
 * @param {{ rows: Row[], ids: { a: string, b: string }, longest: number }} properties
 */
function Same({ rows, ids, longest }) {
  const [isOpen, setOpen] = useState(false);
  return html`<tbody>
    <tr class="run"><td></td><td colspan="3"><button type="button" class="plain" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>
      ${isOpen ? "Hide" : "Show"} ${plural(rows.length, "operation")} in both</button></td>
      <td class="number">${delta(rows.reduce((sum, row) => sum + slowdown(row), 0))}</td></tr>
    ${isOpen && rows.map((row) => html`<${Operation} row=${row} ids=${ids} longest=${longest} />`)}
  </tbody>`;
}

/** @type {Record<import("./align.js").Difference, [sign: string, words: string]>} */
const SIGNS = { a: ["−", "only in A"], b: ["+", "only in B"], count: ["≠", "not as often"], same: ["", "in both"] };

/** @param {{ row: Row, ids: { a: string, b: string }, longest: number }} properties */
function Operation({ row, ids, longest }) {
  const difference = differenceOf(row);
  const [sign, words] = SIGNS[difference];
  return html`<tr class=${difference}>
    <td class="sign"><span aria-hidden="true">${sign}</span><span class="hidden">${words}</span></td>
    <th scope="row"><code>${row.operation}</code> <span class="muted">${row.service}</span></th>
    <td><${Side} side=${row.a} trace=${ids.a} longest=${longest} /></td><td><${Side} side=${row.b} trace=${ids.b} longest=${longest} /></td>
    <td class="number">${row.a && row.b ? delta(slowdown(row)) : words}</td></tr>`;
}

/** @param {{ side: import("./align.js").Side | null, trace: string, longest: number }} properties */
function Side({ side, trace, longest }) {
  if (!side) return html`<span class="muted">–</span>`;
  return html`<a class="side" href=${traceHref(trace, { event: side.ids[0] })} style=${`--share: ${(100 * side.total_ms) / longest}%`}>
    ${side.count > 1 && `${formatCount(side.count)}× `}${formatDuration(side.total_ms)}</a>`;
}

/** @param {number} ms */
export function delta(ms) {
  if (Math.abs(ms) < 0.0005) return "=";
  return `${ms > 0 ? "+" : "−"}${formatDuration(Math.abs(ms))}`;
}
