// What is looked at: chosen here, kept in the URL.

import { html, useEffect, useRef } from "../vendor/libs.js";
import { toTimestamp } from "../lib/format.js";
import { choose } from "../lib/url.js";
import { kindName } from "../lib/words.js";

/**
 * @typedef {object} Filters empty where nothing is chosen
 * @property {string} service
 * @property {string} variable
 * @property {string} kind
 * @property {string} text
 * @property {string} last a key of `LAST`, or `between`
 * @property {string} from of `between`: RFC 3339, to the minute
 * @property {string} until of `between`
 */

/** How far back one may look, in ms. */
const LAST = /** @type {Record<string, [string, number]>} */ ({
  "15m": ["Last 15 minutes", 900_000],
  "1h": ["Last hour", 3_600_000],
  "6h": ["Last 6 hours", 21_600_000],
  "7d": ["Last 7 days", 604_800_000],
});
const MINUTE = 60_000;

/**
 * @param {URLSearchParams} query
 * @returns {Filters}
 */
export function filtersOf(query) {
  const chosen = (/** @type {string} */ name) => query.get(name) ?? "";
  const isBetween = query.has("from") || query.has("until");
  return {
    service: chosen("service"), variable: chosen("variable"), kind: chosen("kind"), text: chosen("text"),
    last: isBetween ? "between" : chosen("last"), from: chosen("from"), until: chosen("until"),
  };
}

/**
 * The window that is asked for; none is the sidecar's own, the day before the newest event. It moves by
 * minutes, so that the question stays the same in between.
 * @param {Filters} filters
 */
export function windowOf({ last, from, until }) {
  if (last === "between") return { from, until };
  const back = LAST[last]?.[1];
  if (!back) return { from: "", until: "" };
  return { from: toTimestamp(Math.floor(Date.now() / MINUTE) * MINUTE - back), until: "" };
}

/** @param {Filters} filters */
export function isFiltered({ service, variable, kind, text }) {
  return Boolean(service || variable || kind || text);
}

/** @param {{ filters: Filters, services: string[], variables: string[], kinds: string[] }} properties */
export function FilterBar({ filters, services, variables, kinds }) {
  const search = useRef(/** @type {HTMLInputElement | null} */ (null));
  useSlash(search);
  return html`<form class="filters no-print" role="search" aria-label="Filters" onSubmit=${prevent}>
    <label><span>Search <kbd aria-hidden="true">/</kbd></span>
      <input ref=${search} type="search" value=${filters.text} placeholder="variable, place, trace, service"
        onInput=${chooses("text")} /></label>
    <label>Service <${Choice} name="service" value=${filters.service} values=${services} all="All services" /></label>
    <label>Variable
      <input list="variables" value=${filters.variable} placeholder="All variables" onChange=${chooses("variable")} />
      <datalist id="variables">${variables.map((name) => html`<option value=${name} />`)}</datalist></label>
    <label>Kind <${Choice} name="kind" value=${filters.kind} values=${kinds} all="All kinds" word=${kindName} /></label>
    <${Time} filters=${filters} />
    ${(isFiltered(filters) || filters.last) && html`<button type="button" class="plain" onClick=${clear}>Clear</button>`}
  </form>`;
}

/** @param {{ name: string, value: string, values: string[], all: string, word?: (value: string) => string }} properties */
function Choice({ name, value, values, all, word = (it) => it }) {
  const known = value && !values.includes(value) ? [value, ...values] : values;
  return html`<select value=${value} onChange=${chooses(name)}>
    <option value="">${all}</option>
    ${known.map((it) => html`<option value=${it}>${word(it)}</option>`)}
  </select>`;
}

/** @param {{ filters: Filters }} properties */
export function Time({ filters }) {
  const isBetween = filters.last === "between";
  const change = (/** @type {{ target: HTMLSelectElement }} */ { target }) => {
    if (target.value !== "between") return choose({ last: target.value, from: null, until: null });
    const now = Date.now();
    choose({ last: null, from: minute(now - 3_600_000), until: minute(now + MINUTE) });
  };
  return html`<label>Time
      <select value=${filters.last} onChange=${change}>
        <option value="">Newest day</option>
        ${Object.entries(LAST).map(([key, [name]]) => html`<option value=${key}>${name}</option>`)}
        <option value="between">Between …</option>
      </select></label>
    ${isBetween && html`<${Instant} name="from" label="From (UTC)" value=${filters.from} />
      <${Instant} name="until" label="Until (UTC)" value=${filters.until} />`}`;
}

/** @param {{ name: string, label: string, value: string }} properties */
function Instant({ name, label, value }) {
  const change = (/** @type {{ target: HTMLInputElement }} */ { target }) => {
    if (target.value) choose({ [name]: `${target.value}Z` });
  };
  return html`<label>${label} <input type="datetime-local" step="1" value=${value.slice(0, 19)} onChange=${change} /></label>`;
}

/** @param {number} ms */
function minute(ms) {
  return `${toTimestamp(ms).slice(0, 16)}:00Z`;
}

/** @param {string} name */
function chooses(name) {
  return (/** @type {{ target: HTMLInputElement | HTMLSelectElement }} */ { target }) => choose({ [name]: target.value });
}

function clear() {
  choose({ service: null, variable: null, kind: null, text: null, last: null, from: null, until: null });
}

/** @param {Event} event */
function prevent(event) {
  event.preventDefault();
}

/**
 * `/` leads to the search.
 * @param {{ current: HTMLInputElement | null }} search
 */
function useSlash(search) {
  useEffect(() => {
    const press = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "/" || isTyping(event) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      search.current?.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** @param {Event} event */
export function isTyping({ target }) {
  return target instanceof Element && target.matches("input, select, textarea, dialog *");
}
