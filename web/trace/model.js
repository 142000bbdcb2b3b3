// A graph with what its views look up again and again. Events are told by their index in `graph.events`.

import { toMs } from "../lib/format.js";
import { Order, stepsOf } from "./order.js";

/**
 * @typedef {import("../lib/types.js").Graph} Graph
 * @typedef {import("../lib/types.js").Access} Access
 * @typedef {import("../lib/types.js").Finding} Finding
 * @typedef {{ from: number, to: number, kind: string }} Link an edge, by indexes
 * @typedef {{ key: string, name: string, service: string, accesses: Access[], races: number }} Variable
 */

/**
 * @typedef {object} Model
 * @property {Graph} graph
 * @property {number} start the trace's first timestamp, ms since 1970: times are ms since then
 * @property {number} begin when the first thing began; below 0 where an event that lasted was recorded first
 * @property {number} end when the last event was recorded
 * @property {number} steps how many steps there are by order
 * @property {Map<string, number>} indexOf event by id
 * @property {Float64Array} time when each event was recorded
 * @property {Float64Array} step of each event, from 0
 * @property {Int32Array} strandOf
 * @property {Int32Array} placeOf of each event in its row
 * @property {number[]} byOrder events in an order that agrees with what happened before what
 * @property {number[][]} rows events of each strand, in order
 * @property {Link[]} edges
 * @property {Map<number, Link[]>} edgesOf by event, both ends
 * @property {Map<number, Access[]>} accessesOf by event
 * @property {Map<number, Finding[]>} findingsOf by event
 * @property {Variable[]} variables those that raced first, then by accesses
 * @property {() => Order | null} order
 */

/** @type {WeakMap<Graph, Model>} */
const models = new WeakMap();

/**
 * The model of a graph; the same one each time.
 * @param {Graph} graph
 * @returns {Model}
 */
export function modelOf(graph) {
  const known = models.get(graph);
  if (known) return known;
  const model = build(graph);
  models.set(graph, model);
  return model;
}

/**
 * @param {Graph} graph
 * @returns {Model}
 */
function build(graph) {
  const { events } = graph;
  const start = toMs(graph.first_timestamp);
  const indexOf = new Map(events.map(({ id }, index) => [id, index]));
  const time = Float64Array.from(events, ({ timestamp }) => toMs(timestamp) - start);
  const byOrder = events.map((_, index) => index).sort((a, b) => events[a].order - events[b].order || a - b);
  const rows = graph.strands.map(() => /** @type {number[]} */ ([]));
  for (const event of byOrder) rows[events[event].strand].push(event);
  const placeOf = new Int32Array(events.length);
  for (const row of rows) row.forEach((event, place) => { placeOf[event] = place; });
  const edges = linksOf(graph, indexOf);
  const step = stepsOf(events.length, byOrder, rows, edges);
  let order = /** @type {Order | null | undefined} */ (undefined);
  /** @type {Model} */
  const model = {
    graph, start, indexOf, time, step, placeOf, byOrder, rows, edges,
    ...bounds(graph, time, start),
    steps: events.length ? step.reduce((most, one) => Math.max(most, one), 0) + 1 : 1,
    strandOf: Int32Array.from(events, ({ strand }) => strand),
    edgesOf: grouped(edges, ({ from, to }) => [from, to]),
    accessesOf: grouped(graph.accesses, ({ event_id }) => known(indexOf, [event_id])),
    findingsOf: grouped(graph.findings, ({ accesses }) => known(indexOf, accesses.map(({ event_id }) => event_id))),
    variables: variablesOf(graph.accesses),
    order: () => (order === undefined ? (order = Order.of(model)) : order),
  };
  return model;
}

/**
 * @param {Graph} graph
 * @param {Float64Array} time
 * @param {number} start
 */
function bounds(graph, time, start) {
  const end = toMs(graph.last_timestamp) - start;
  let begin = 0;
  graph.events.forEach(({ duration_ms }, index) => { begin = Math.min(begin, time[index] - (duration_ms ?? 0)); });
  return { begin, end: Math.max(end, begin + 0.001) };
}

/**
 * @param {Graph} graph
 * @param {Map<string, number>} indexOf
 * @returns {Link[]}
 */
function linksOf(graph, indexOf) {
  const links = [];
  for (const { from, to, kind } of graph.edges) {
    const ends = known(indexOf, [from, to]);
    if (ends.length === 2) links.push({ from: ends[0], to: ends[1], kind });
  }
  return links;
}

/**
 * @param {Map<string, number>} indexOf
 * @param {string[]} ids
 */
function known(indexOf, ids) {
  return ids.map((id) => indexOf.get(id)).filter((index) => index !== undefined);
}

/**
 * @template T
 * @param {T[]} items
 * @param {(item: T) => number[]} eventsOf
 * @returns {Map<number, T[]>}
 */
function grouped(items, eventsOf) {
  /** @type {Map<number, T[]>} */
  const groups = new Map();
  for (const item of items) {
    for (const event of new Set(eventsOf(item))) {
      const group = groups.get(event);
      if (group) group.push(item);
      else groups.set(event, [item]);
    }
  }
  return groups;
}

/**
 * What a variable is told by: services that have one of the same name have two.
 * @param {{ service: string, variable: string | null }} of
 */
export function variableKey({ service, variable }) {
  return `${service}:${variable}`;
}

/**
 * @param {Access[]} accesses
 * @returns {Variable[]}
 */
function variablesOf(accesses) {
  /** @type {Map<string, Variable>} */
  const byKey = new Map();
  for (const access of accesses) {
    const key = variableKey(access);
    const variable = byKey.get(key) ?? { key, name: access.variable, service: access.service, accesses: [], races: 0 };
    variable.accesses.push(access);
    variable.races += access.is_race ? 1 : 0;
    byKey.set(key, variable);
  }
  return [...byKey.values()].sort((a, b) => b.races - a.races || b.accesses.length - a.accesses.length || (a.key < b.key ? -1 : 1));
}
