// The newest traces: those that there are, and those that are told.

import { useEffect, useReducer } from "../vendor/libs.js";
import { get } from "../lib/api.js";

/**
 * @typedef {import("./traces.js").ListedTrace} ListedTrace
 * @typedef {object} List
 * @property {ListedTrace[]} traces newest first
 * @property {number | null} total null until it is known
 * @property {boolean} degraded
 * @property {Set<string>} told ids of those that came since
 * @property {Error | null} error
 */

/** Traces that are kept. */
const MOST = 200;
/** @type {List} */
const EMPTY = { traces: [], total: null, degraded: false, told: new Set(), error: null };

/**
 * @param {List} list
 * @param {{ read: { total_traces: number, traces: ListedTrace[] }, degraded: boolean } | { told: ListedTrace } | { failed: Error } | "begin"} change
 * @returns {List}
 */
function changed(list, change) {
  if (change === "begin") return EMPTY;
  if ("failed" in change) return { ...list, error: change.failed };
  if ("read" in change) {
    const { read: { traces, total_traces }, degraded } = change;
    return { ...list, traces: sorted([...traces, ...list.traces]), total: total_traces, degraded, error: null };
  }
  const { told } = change;
  const isNew = !list.traces.some(({ trace_id }) => trace_id === told.trace_id);
  return { ...list, traces: sorted([told, ...list.traces]), total: (list.total ?? 0) + (isNew ? 1 : 0), told: new Set([...list.told, told.trace_id].slice(-MOST)) };
}

/**
 * Newest first; of what is there twice, the first.
 * @param {ListedTrace[]} traces
 */
function sorted(traces) {
  const one = new Map();
  for (const trace of traces) if (!one.has(trace.trace_id)) one.set(trace.trace_id, trace);
  return [...one.values()].sort((a, b) => (a.first_timestamp < b.first_timestamp ? 1 : -1)).slice(0, MOST);
}

/**
 * @param {string} service empty for all
 * @param {string} until empty for the newest; else a timestamp that those listed are before
 * @param {number} turn another turn reads the list again
 * @returns {[List, (trace: ListedTrace) => void]} and what takes in one that is told
 */
export function useTraces(service, until, turn) {
  const [list, change] = useReducer(changed, EMPTY);
  useEffect(() => change("begin"), [service, until]);
  useEffect(() => {
    const abort = new AbortController();
    get("/api/traces", { page_size: 50, service, cursor: until && `${until},` }, abort.signal).then(
      ({ data, degraded }) => change({ read: data, degraded }),
      (error) => { if (!abort.signal.aborted) change({ failed: error }); },
    );
    return () => abort.abort();
  }, [service, until, turn]);
  return [list, (told) => change({ told })];
}
