// Of a trace with more events than one answer has, the windows that the axis shows: asked for when it has come
// to rest, a little wider than the view, and the last few kept.

import { get } from "../lib/api.js";
import { toMs, toTimestamp } from "../lib/format.js";
import { useEffect, useMemo, useRef, useState } from "../vendor/libs.js";
import { within } from "./axis.js";
import { countWithin } from "./counts.js";

/**
 * @typedef {import("../lib/types.js").Graph} Graph
 * @typedef {import("../lib/types.js").Density} Density
 * @typedef {import("./axis.js").Span} Span
 */

/** How long the axis rests before a window is asked for, in ms. */
const RESTS = 120;
/** How much more than the view is asked for, at each side, as a share of it. */
const AROUND = 0.25;
/** Events of a window, at most. */
export const MOST_EVENTS = 2000;
/** Windows that are kept, each of 4 MB or so. */
const KEPT = 6;
/** Buckets wider than this are asked for anew, in px of a view of 1,000. */
const COARSE = 6;

/**
 * @typedef {object} Windowed
 * @property {Graph} graph with the events of the view, or without any
 * @property {Density | null} density where there are too many events
 * @property {boolean} isWaiting for a better answer
 * @property {Error | null} error
 */

/**
 * @param {Graph} base of the whole trace
 * @param {Span | null} span what is in view, in ms since the trace began; null before that is known
 * @param {boolean} isFixed whether there is nobody to ask for windows
 * @returns {Windowed}
 */
export function useWindows(base, span, isFixed) {
  const kept = useMemo(() => ({ answers: [base] }), [base]);
  const [state, setState] = useState(/** @type {{ turn: number, isWaiting: boolean, error: Error | null }} */ ({ turn: 0, isWaiting: false, error: null }));
  const asked = useRef("");
  const isWhole = isFixed || base.events_omitted === 0;
  const view = span ?? [0, spanOf(base, base)[1]];
  useEffect(() => {
    const [from, until] = around(view, base);
    const key = `${from} ${until}`;
    const isAsking = !isWhole && key !== asked.current && isWanting(kept.answers, base, view);
    setState((before) => (before.isWaiting === isAsking ? before : { ...before, isWaiting: isAsking }));
    if (!isAsking) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      ask(base.trace_id, from, until, abort.signal).then((answer) => {
        kept.answers = [base, answer, ...kept.answers.slice(1, KEPT)];
        asked.current = key;
        setState(({ turn }) => ({ turn: turn + 1, isWaiting: false, error: null }));
      }, (error) => {
        if (!abort.signal.aborted) setState(({ turn }) => ({ turn, isWaiting: false, error }));
      });
    }, RESTS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [base, view[0], view[1]]);
  return useMemo(() => ({ ...pick(kept.answers, base, view), isWaiting: state.isWaiting, error: state.error }),
    [base, view[0], view[1], state]);
}

/**
 * @param {string} id
 * @param {string} from
 * @param {string} until
 * @param {AbortSignal} signal
 * @returns {Promise<Graph>}
 */
async function ask(id, from, until, signal) {
  const path = `/api/traces/${encodeURIComponent(id)}/graph`;
  return (await get(path, { from, until, limit: MOST_EVENTS }, signal)).data;
}

/**
 * A view made wider, in timestamps; the last event of the trace is in the last window.
 * @param {Span} view
 * @param {Graph} base
 * @returns {[string, string]}
 */
function around([from, until], base) {
  const more = (until - from) * AROUND;
  const whole = spanOf(base, base);
  const start = toMs(base.first_timestamp);
  const [first, last] = within([from - more, until + more], [Math.min(0, whole[0]), whole[1] + 0.001], 0.001);
  return [toTimestamp(start + first), toTimestamp(start + last + 0.001)];
}

/**
 * The window of an answer in ms since the trace began.
 * @param {Graph} graph
 * @param {Graph} base
 * @returns {Span}
 */
function spanOf(graph, base) {
  const start = toMs(base.first_timestamp);
  return [toMs(graph.from) - start, Math.max(toMs(graph.until) - start, 0.001)];
}

/**
 * The answers that have all of a view, the narrowest first.
 * @param {Graph[]} answers
 * @param {Graph} base
 * @param {Span} view
 */
function covering(answers, base, view) {
  const whole = spanOf(base, base);
  const wanted = [Math.max(view[0], whole[0]), Math.min(view[1], whole[1])];
  return answers
    .map((graph) => ({ graph, span: spanOf(graph, base) }))
    .filter(({ span }) => span[0] <= wanted[0] + 0.0005 && span[1] >= wanted[1] - 0.0005)
    .sort((a, b) => (a.span[1] - a.span[0]) - (b.span[1] - b.span[0]));
}

/**
 * Of the answers at hand, what shows a view best: its events, else the finest density that has all of it.
 * @param {Graph[]} answers
 * @param {Graph} base
 * @param {Span} view
 */
export function pick(answers, base, view) {
  const known = covering(answers, base, view);
  const exact = known.find(({ graph }) => graph.density === null);
  if (exact) return { graph: exact.graph, density: null };
  const counted = known.find(({ graph }) => graph.density !== null)?.graph.density ?? base.density;
  return { graph: base, density: counted };
}

/**
 * Whether the sidecar knows more of a view than what is at hand.
 * @param {Graph[]} answers
 * @param {Graph} base
 * @param {Span} view
 */
export function isWanting(answers, base, view) {
  const { density } = pick(answers, base, view);
  if (!density) return false;
  const bucket = (density.bucket_ms / (view[1] - view[0])) * 1000;
  return bucket > COARSE || countWithin(density, toMs(base.first_timestamp), view) <= MOST_EVENTS;
}
