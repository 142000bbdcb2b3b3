// The screen of a trace: linked views of one graph. What is chosen in one is shown in all.

import { formatDateTime, formatDuration, plural, toMs } from "../lib/format.js";
import { loadStyle } from "../lib/styles.js";
import { choose, useLocation } from "../lib/url.js";
import { html, useMemo, useState } from "../vendor/libs.js";
import { useAxis } from "./axis.js";
import { useChoice } from "./choice.js";
import { DensityLanes } from "./density.js";
import { EventDetails } from "./event.js";
import { Exports } from "./exports.js";
import { FindingList } from "./findings.js";
import { Help, useKeys } from "./keys.js";
import { Locks } from "./locks.js";
import { LockTable } from "./lock_table.js";
import { modelOf } from "./model.js";
import { useReveal } from "./reveal.js";
import { Definitions } from "./scene_svg.js";
import { Search } from "./search.js";
import { Section, foldedParts } from "./section.js";
import { SpaceTime } from "./spacetime.js";
import { EventTable } from "./table.js";
import { Extent, Toolbar } from "./toolbar.js";
import { eventLabel, strandName } from "./told.js";
import { Variables } from "./variables.js";
import { CriticalPathSentence, Waterfall } from "./waterfall.js";
import { Why } from "./why.js";
import { useWindows } from "./windows.js";

await loadStyle("/trace/style.css");

/**
 * @typedef {import("../lib/types.js").Graph} Graph
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./axis.js").Span} Span
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./windows.js").Windowed} Windowed
 */

/** With more events than this, uneventful stretches are collapsed until somebody says otherwise. */
const MANY_EVENTS = 80;
/** The smallest spans: a microsecond is the finest that timestamps tell. */
const LEAST = { time: 0.002, order: 3 };

/**
 * @param {{ graph: Graph, source?: "server" | "file" }} properties the whole trace; of a file, nothing more is asked for
 */
export function TraceScreen({ graph, source = "server" }) {
  const { query } = useLocation();
  const whole = modelOf(graph);
  const time = useAxis("time", padded(whole.begin, whole.end), LEAST.time);
  const windowed = useWindows(graph, time.isZoomed ? time.span : null, source === "file");
  const model = modelOf(windowed.graph);
  const order = useAxis("order", [-0.6, Math.max(model.steps - 0.4, 3)], LEAST.order);
  const axis = query.get("axis") === "order" && model.graph.events.length ? order : time;
  const choice = useChoice(model);
  const [isHelpOpen, setHelpOpen] = useState(false);
  useKeys(model, choice, axis, () => setHelpOpen(true));
  useReveal(model, choice, axis, query.get("finding"));
  const views = { model, choice, axis, time, windowed, query, folded: foldedParts(query.get("folded")) };
  return html`<div class="trace">
    <${Definitions} />
    <${Title} ...${views} source=${source} onHelp=${() => setHelpOpen(true)} />
    <${WhyPart} ...${views} />
    <div class="columns">
      <div class="views"><${Views} ...${views} /></div>
      <aside class=${choice.event < 0 ? "side empty" : "side"} aria-label="The chosen event"><${EventDetails} model=${model} choice=${choice} /></aside>
    </div>
    <${Help} isOpen=${isHelpOpen} onClose=${() => setHelpOpen(false)} />
  </div>`;
}

/**
 * Bounds with room beside them, so that nothing lies on the edge.
 * @param {number} begin
 * @param {number} end
 * @returns {Span}
 */
function padded(begin, end) {
  const room = (end - begin) * 0.03;
  return [begin - room, end + room];
}

/**
 * @typedef {object} Shared what all parts are shown with
 * @property {Model} model
 * @property {Choice} choice
 * @property {Axis} axis
 * @property {Axis} time
 * @property {Windowed} windowed
 * @property {URLSearchParams} query
 * @property {string[]} folded
 */

/** @param {Shared & { source: string, onHelp: () => void }} properties */
function Title({ model, time, source, onHelp }) {
  const { graph } = model;
  return html`<div class="title">
    <div><h1><span class="muted">Trace</span> <code>${graph.trace_id}</code></h1>
      <p class="muted small">${plural(graph.events_total, "event")}${graph.strands.length > 0 && ` in ${plural(graph.strands.length, "strand")}`},
        ${" "}${formatDuration(toMs(graph.last_timestamp) - toMs(graph.first_timestamp))}, from ${formatDateTime(graph.first_timestamp)} UTC</p></div>
    <div class="tools no-print"><${Search} model=${model} />
      ${source === "server" && html`<${Exports} model=${model} axis=${time} />`}
      <button class="no-print" aria-label="Keys" title="Keys (?)" onClick=${onHelp}>?</button></div>
  </div>`;
}

/** @param {Shared} properties */
function WhyPart({ model, choice, windowed }) {
  const told = useMemo(() => toldOf(model, choice), [model, choice.event]);
  return useMemo(() => whyPart(model, choice, told, windowed.density !== null), [model, choice, told, windowed.density !== null]);
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {import("./why.js").Told} told
 * @param {boolean} isDense
 */
function whyPart(model, choice, told, isDense) {
  const { findings } = model.graph;
  if (findings.length === 0) {
    return html`<p class="note">${isDense
      ? "This trace is long: findings are looked for in the part that is in view, once its events are drawn one by one."
      : model.graph.analysed === "window" ? "Nothing was found in what is in view." : "Nothing was found: no race, no lost update, no deadlock."}</p>`;
  }
  return html`<section class="why-part" id="why" aria-label="Findings and why">
    <${FindingList} model=${model} choice=${choice} />
    ${choice.finding ? html`<${Why} finding=${choice.finding} told=${told} />` : html`<p class="muted">Choose a finding to see why.</p>`}
  </section>`;
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @returns {import("./why.js").Told}
 */
function toldOf(model, choice) {
  return {
    start: model.start,
    event: model.graph.events[choice.event]?.id ?? null,
    nameOf: ({ strand, service }) => (model.graph.strands[strand] ? strandName(model, strand) : service),
    labelOf: (id) => {
      const event = model.indexOf.get(id);
      return event === undefined ? id : `${eventLabel(model, event)} of ${strandName(model, model.strandOf[event])}`;
    },
  };
}

/** @param {Shared} properties */
function Views(properties) {
  const { model, choice, axis, time, windowed, query, folded } = properties;
  const { graph } = model;
  const collapse = query.get("collapse");
  const isCollapsed = collapse ? collapse === "yes" : graph.events.length > MANY_EVENTS;
  const lockRows = query.get("locks") === "strand" ? "strand" : "lock";
  const isCriticalOnly = query.get("waterfall") === "critical";
  const shared = { folded };
  const still = useMemo(() => ({
    locks: html`<${LockTable} model=${model} choice=${choice} />`,
    variables: html`<${Variables} model=${model} choice=${choice} />`,
    events: html`<${EventTable} model=${model} choice=${choice} />`,
  }), [model, choice]);
  return html`
    <${Section} ...${shared} id="spacetime" title="Space-time" note=${html`<${Extent} ...${properties} />`}
      tools=${html`<${Toolbar} model=${model} choice=${choice} axis=${axis} isCollapsed=${isCollapsed} />`}>
      ${windowed.density
        ? html`<${DensityLanes} density=${windowed.density} start=${model.start} axis=${axis} />`
        : html`<${SpaceTime} model=${model} choice=${choice} axis=${axis} isCollapsed=${isCollapsed} />`}
    <//>
    ${graph.holds.length > 0 && html`<${Section} ...${shared} id="locks" title="Locks" tools=${html`<${Switch} name="locks" label="Locks by" value=${lockRows} values=${{ lock: "By lock", strand: "By strand" }} />`}>
      <${Locks} model=${model} choice=${choice} axis=${axis} by=${lockRows} />${still.locks}<//>`}
    ${model.variables.length > 0 && html`<${Section} ...${shared} id="variables" title="Variable">${still.variables}<//>`}
    ${graph.tree.length > 0 && html`<${Section} ...${shared} id="waterfall" title="Waterfall"
      tools=${html`<${Switch} name="waterfall" label="Rows of the waterfall" value=${isCriticalOnly ? "critical" : "all"} values=${{ all: "All", critical: "Critical path" }} />`}>
      <${CriticalPathSentence} model=${model} /><${Waterfall} model=${model} choice=${choice} axis=${time} isCriticalOnly=${isCriticalOnly} /><//>`}
    ${graph.events.length > 0 && html`<${Section} ...${shared} id="events" title="Events">${still.events}<//>`}`;
}

/**
 * A choice between two, the first of which is the usual one and not in the query.
 * @param {{ name: string, label: string, value: string, values: Record<string, string> }} properties
 */
function Switch({ name, label, value, values }) {
  const usual = Object.keys(values)[0];
  return html`<span class="segments no-print" role="group" aria-label=${label}>${Object.entries(values).map(([key, text]) => html`
    <button aria-pressed=${key === value} onClick=${() => choose({ [name]: key === usual ? null : key })}>${text}</button>`)}</span>`;
}
