// What the overview reads, and reads again as things happen.

import { useEffect, useRef, useState } from "../vendor/libs.js";
import { urlOf } from "../lib/api.js";
import { windowOf } from "./filters.js";
import { useStream } from "./follow.js";
import { useTraces } from "./list.js";
import { useFollowing } from "./refresh.js";

/**
 * @typedef {import("../lib/types.js").Findings} Findings
 * @typedef {ReturnType<typeof useLive>} Live
 */

/** Between two answers to a question, in ms: findings are what people come for. */
const [SOON, LATER] = [1000, 2500];

/** @param {import("./filters.js").Filters} filters */
export function useLive(filters) {
  const { service, variable, kind } = filters;
  const [turn, setTurn] = useState(0);
  const [condition, setCondition] = useState(/** @type {import("./banner.js").Condition | null} */ (null));
  const window = windowOf(filters);
  const [list, take] = useTraces(service, window.until, turn);
  const findings = useFollowing(/** @type {Findings | null} */ (null), urlOf("/api/findings", { ...window, service, variable, kind }), SOON);
  const health = useFollowing(/** @type {import("./services.js").Service[] | null} */ (null), "/api/services/health", LATER);
  const edges = useFollowing(/** @type {{ edges: import("./services.js").Call[] } | null} */ (null), "/api/distributed/edges", LATER);
  const performance = useFollowing(/** @type {import("./tables.js").Performance | null} */ (null), "/api/performance/metrics?limit=6", LATER);
  const hotspots = useFollowing(/** @type {{ top_variables: { variable: string }[] } | null} */ (null), "/api/distributed/hotspots", LATER);
  const poke = () => [findings, health, edges, performance, hotspots].forEach((follower) => follower.poke());

  const connection = useStream(service, ({ name, data }) => {
    if (name === "trace") take(data);
    // What came before the stream began, or was missed, is in the list only.
    if (name === "state" || name === "missed") setTurn((before) => before + 1);
    if (name === "state") setCondition(data);
    if (name === "finding" || (name === "state" && condition !== null)) poke();
  });
  useChange(printOf(list), poke);
  return { list, findings, health, edges, performance, hotspots, condition, connection };
}

/**
 * What changes when traces come or change; null as long as none were read.
 * @param {import("./list.js").List} list
 */
function printOf({ total, traces }) {
  return total === null ? null : traces.map(({ trace_id, event_count }) => `${trace_id} ${event_count}`).join("\n");
}

/**
 * Calls back when a value is another than it was; the first is no change.
 * @param {string | null} value
 * @param {() => void} tell
 */
function useChange(value, tell) {
  const last = useRef(/** @type {string | null} */ (null));
  useEffect(() => {
    if (last.current !== null && value !== null && value !== last.current) tell();
    last.current = value;
  }, [value]);
}
