// The value of a variable, access by access: squares are writes, circles are reads.

import { html, useEffect, useRef } from "../vendor/libs.js";
import { formatTime, formatValue, plural, shorten, toMs } from "../lib/format.js";
import { choose } from "../lib/url.js";
import { axisOf, isWrite, valueOf } from "./value.js";

/**
 * @typedef {import("../lib/types.js").HistoryAccess} HistoryAccess
 * @typedef {import("../lib/types.js").Finding} Finding
 * @typedef {{ x: number, y: number, access: HistoryAccess }} Mark
 */

/** In pixels. */
const [HEIGHT, TOP, BOTTOM, LEFT, RIGHT, STEP] = [230, 28, 30, 92, 16, 13];

/**
 * @param {object} properties
 * @param {HistoryAccess[]} properties.accesses in order of time
 * @param {Finding | null} properties.finding the one that is chosen
 * @param {string} properties.event the one that is chosen
 * @param {boolean} properties.byTime else each access has as much room
 * @param {number} properties.width there is
 */
export function Chart({ accesses, finding, event, byTime, width }) {
  const axis = axisOf(accesses.map(valueOf));
  const wide = byTime ? width : Math.max(width, LEFT + RIGHT + accesses.length * STEP);
  const marks = marksOf(accesses, axis, byTime, wide);
  const scroll = useScroll(marks, event);
  const chosen = new Map((finding?.accesses ?? []).map(({ event_id, role }) => [event_id, role]));
  const label = `${plural(accesses.length, "access", "accesses")} from ${formatTime(accesses[0].timestamp)} to ${formatTime(accesses[accesses.length - 1].timestamp)} UTC; the arrow keys lead from one to the next`;
  return html`<div class="chart" ref=${scroll} tabindex="0" role="group" aria-label=${label} onKeyDown=${steps(accesses, event)}>
    <svg width=${wide} height=${HEIGHT} aria-hidden="true">
      ${axis.ticks.map(({ at, text }) => html`<g class="tick"><path d=${`M${LEFT} ${height(at)}H${wide - RIGHT}`} />
        <text x=${LEFT - 8} y=${height(at) + 4} text-anchor="end">${shorten(text, 13)}</text></g>`)}
      <path class="value" d=${line(marks)} />
      ${!byTime && requests(marks).map(({ from, to, id }) => html`<rect class="request" x=${from} y=${HEIGHT - BOTTOM + 8} width=${to - from} height="5"><title>${id}</title></rect>`)}
      ${chosen.size > 0 && html`<path class="tie" d=${tie(marks, chosen)} />`}
      ${marks.map((mark) => html`<${Sign} key=${`${mark.access.trace_id} ${mark.access.event_id}`} mark=${mark}
        role=${chosen.get(mark.access.event_id)} isChosen=${event === mark.access.event_id} />`)}
      ${byTime && [marks[0], marks[marks.length - 1]].map(({ access }, end) => html`<text class="time" x=${end ? wide - RIGHT : LEFT} y=${HEIGHT - 6}
        text-anchor=${end ? "end" : "start"}>${formatTime(access.timestamp)}</text>`)}
    </svg></div>`;
}

/** @param {number} at */
function height(at) {
  return HEIGHT - BOTTOM - at * (HEIGHT - TOP - BOTTOM);
}

/**
 * @param {HistoryAccess[]} accesses
 * @param {import("./value.js").Axis} axis
 * @param {boolean} byTime
 * @param {number} wide
 * @returns {Mark[]}
 */
function marksOf(accesses, axis, byTime, wide) {
  const first = toMs(accesses[0].timestamp);
  const span = Math.max(1e-3, toMs(accesses[accesses.length - 1].timestamp) - first);
  const room = wide - LEFT - RIGHT - 2 * STEP;
  return accesses.map((access, place) => {
    const share = byTime ? (toMs(access.timestamp) - first) / span : (place + 0.5) / accesses.length;
    return { x: LEFT + STEP + share * room, y: height(axis.at(valueOf(access)) ?? 0), access };
  });
}

/**
 * What the variable was: each write holds until the next.
 * @param {Mark[]} marks
 */
function line(marks) {
  const writes = marks.filter(({ access }) => isWrite(access.access_type));
  return writes.map(({ x, y }, place) => (place ? `H${x}V${y}` : `M${x} ${y}`)).join("");
}

/**
 * Accesses of one request that follow each other.
 * @param {Mark[]} marks
 */
function requests(marks) {
  /** @type {{ from: number, to: number, id: string }[]} */
  const all = [];
  for (const { x, access } of marks) {
    const last = all[all.length - 1];
    if (last?.id === access.trace_id) last.to = x + 4;
    else all.push({ from: x - 4, to: x + 4, id: access.trace_id });
  }
  return all;
}

/**
 * Ties the accesses of a finding together.
 * @param {Mark[]} marks
 * @param {Map<string, string>} chosen roles by events
 */
function tie(marks, chosen) {
  const tied = marks.filter(({ access }) => chosen.has(access.event_id));
  return tied.map(({ x, y }, place) => `${place ? "L" : "M"}${x} ${y}`).join("");
}

/** @param {{ mark: Mark, role: string | undefined, isChosen: boolean }} properties */
function Sign({ mark: { x, y, access }, role, isChosen }) {
  const choosing = () => choose({ event: access.event_id });
  const name = `${isWrite(access.access_type) ? "write" : "read"} ${access.is_finding ? "found" : ""} ${role ?? ""} ${isChosen ? "chosen" : ""}`;
  return html`<g class=${`sign ${name}`} onClick=${choosing}>
    <title>${`${access.access_type} ${formatValue(valueOf(access))} at ${access.location}, ${access.trace_id}`}</title>
    <rect class="room" x=${x - STEP / 2} y=${y - 12} width=${STEP} height="24" />
    ${isChosen || role ? html`<circle class="ring" cx=${x} cy=${y} r="8.5" />` : null}
    ${isWrite(access.access_type) ? html`<rect class="shape" x=${x - 4} y=${y - 4} width="8" height="8" />` : html`<circle class="shape" cx=${x} cy=${y} r="4" />`}
    ${access.is_finding && html`<path class="flag" d=${`M${x} ${y - 13}l4 -7h-8z`} />`}
  </g>`;
}

/**
 * @param {HistoryAccess[]} accesses
 * @param {string} event
 */
function steps(accesses, event) {
  return (/** @type {KeyboardEvent} */ pressed) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[pressed.key];
    if (!by) return;
    pressed.preventDefault();
    const current = accesses.findIndex(({ event_id }) => event_id === event);
    const next = current < 0 ? (by > 0 ? 0 : accesses.length - 1) : Math.min(accesses.length - 1, Math.max(0, current + by));
    choose({ event: accesses[next].event_id });
  };
}

/**
 * Shows the newest at first, then what is chosen.
 * @param {Mark[]} marks
 * @param {string} event
 */
function useScroll(marks, event) {
  const scroll = useRef(/** @type {HTMLElement | null} */ (null));
  const at = marks.find(({ access }) => access.event_id === event)?.x ?? null;
  useEffect(() => {
    const element = scroll.current;
    if (!element) return;
    const isSeen = at !== null && at > element.scrollLeft + LEFT && at < element.scrollLeft + element.clientWidth;
    if (!isSeen) element.scrollLeft = at === null ? element.scrollWidth : at - element.clientWidth / 2;
  }, [at, marks.length]);
  return scroll;
}
