// The panels of the overview.

import { html, useMemo } from "../vendor/libs.js";
import { formatDateTime, formatDuration } from "../lib/format.js";
import { LiveState } from "./banner.js";
import { FilterBar } from "./filters.js";
import { FindingList, withText } from "./findings.js";
import { KINDS, Kinds } from "./kinds.js";
import { Services } from "./services.js";
import { Locks, Slow } from "./tables.js";
import { TraceList, foundIn, matching } from "./traces.js";
import { Verdict } from "./verdict.js";

/** @param {{ filters: import("./filters.js").Filters, live: import("./live.js").Live }} properties */
export function Panels({ filters, live }) {
  const { list, findings, health, edges, performance, hotspots, connection } = live;
  const groups = findings.data?.groups ?? [];
  const shown = useMemo(() => withText(groups, filters.text), [groups, filters.text]);
  const found = useMemo(() => foundIn(groups), [groups]);
  const services = health.data ?? [];
  return html`
    <div class="head">
      ${findings.data ? html`<${Verdict} findings=${findings.data} groups=${shown} filters=${filters} />`
        : html`<p class="verdict" role="status">${findings.error ? findings.error.message : "Looking into the newest traces …"}</p>`}
      <${LiveState} connection=${connection} />
    </div>
    <${FilterBar} filters=${filters} services=${services.map(({ name }) => name)}
      kinds=${distinct([...KINDS, ...groups.map(({ kind }) => kind)])} variables=${variables(groups, hotspots.data)} />
    <div class="panels">
      <div class="of-findings"><${Panel} name="findings" title="Findings" note=${findings.data && scale(findings.data)}>
        ${findings.data && findings.error && html`<p class="note warning">${findings.error.message}</p>`}
        ${findings.data && html`<${Kinds} findings=${findings.data} groups=${shown} chosen=${filters.kind} />
          <${FindingList} findings=${findings.data} groups=${shown} />`}<//></div>
      <div class="of-system">
        <${Panel} name="services" title="Services and calls">
          ${health.data && html`<${Services} services=${services} calls=${edges.data?.edges ?? []} chosen=${filters.service} />`}<//>
        <${Panel} name="locks" title="Contended locks">
          ${findings.data && html`<${Locks} locks=${findings.data.locks} />`}<//>
        <${Panel} name="slow" title="Slow operations">
          ${performance.data && html`<${Slow} performance=${performance.data} />`}<//>
      </div>
      <div class="of-traces"><${Panel} name="traces" title="Traces">
        <${TraceList} traces=${matching(list.traces, filters)} total=${list.total ?? 0} found=${found}
          told=${list.told} /><//></div>
    </div>`;
}

/**
 * What the bars beside findings are.
 * @param {import("../lib/types.js").Findings} findings
 */
function scale({ from, until, bucket_seconds }) {
  return `${formatDateTime(from).slice(5, 16)} to ${formatDateTime(until).slice(5, 16)} UTC, each bar ${formatDuration(bucket_seconds * 1000)}`;
}

/** @param {{ name: string, title: string, note?: string | null, children?: import("../lib/types.js").Children }} properties */
function Panel({ name, title, note, children }) {
  return html`<section class="panel" aria-labelledby=${`title-${name}`}>
    <div class="title"><h2 id=${`title-${name}`}>${title}</h2>${note && html`<span class="muted small">${note}</span>`}</div>
    ${children}</section>`;
}

/**
 * Those that were found, then those with most accesses.
 * @param {import("../lib/types.js").FindingGroup[]} groups
 * @param {{ top_variables: { variable: string }[] } | null} hotspots
 */
function variables(groups, hotspots) {
  return distinct([...groups.flatMap(({ variable }) => variable ?? []), ...(hotspots?.top_variables ?? []).map(({ variable }) => variable)]);
}

/** @param {string[]} names */
function distinct(names) {
  return [...new Set(names)];
}
