// Pieces of the trace screen that need no browser: `node --test diagram.mjs`.

import assert from "node:assert/strict";
import test from "node:test";
import { formatDuration, toMs, toTimestamp } from "../../web/lib/format.js";
import { within } from "../../web/trace/axis.js";
import { readChoice } from "../../web/trace/choice.js";
import { clipLine } from "../../web/trace/clip.js";
import { countWithin } from "../../web/trace/counts.js";
import { modelOf } from "../../web/trace/model.js";
import { stretchesOf } from "../../web/trace/stretches.js";
import { isWanting, pick } from "../../web/trace/windows.js";

const START = Date.parse("2026-01-31T12:00:00Z");

/** A graph of events that take turns on some strands, with edges between those that are drawn. */
function graphOf(strands, count, edges) {
  const events = Array.from({ length: count }, (_, order) => ({
    id: `e${order}`, timestamp: toTimestamp(START + order), duration_ms: null, order, strand: (order * 7) % strands,
    kind: "FunctionCall", operation: "FunctionCall(f)", service: "bank", thread: "t", location: "", locks: [], clock: {}, payload: {},
  }));
  return {
    trace_id: "t", events, events_total: count, first_timestamp: events[0].timestamp, last_timestamp: events.at(-1).timestamp,
    strands: Array.from({ length: strands }, (_, strand) => ({ label: `s${strand}`, service: "bank", thread: "t", forked_from: null })),
    edges: edges.map(([from, to]) => ({ from: `e${from}`, to: `e${to}`, kind: "clock" })), holds: [], accesses: [], findings: [], tree: [],
  };
}

/** Numbers that look drawn by lot, the same each time. */
function lots(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function drawn(seed) {
  const draw = lots(seed);
  const edges = Array.from({ length: 25 }, () => [draw(60), draw(60)].sort((a, b) => a - b)).filter(([from, to]) => from < to);
  return { model: modelOf(graphOf(5, 60, edges)), edges };
}

/** Whether a path leads from one event to another. */
function leads({ model, edges }, from, to) {
  if (from === to) return true;
  const next = edges.filter(([first]) => first === from).map(([, second]) => second);
  const after = model.rows[model.strandOf[from]][model.placeOf[from] + 1];
  return [...next, ...(after === undefined ? [] : [after])].some((event) => event <= to && leads({ model, edges }, event, to));
}

test("events are ordered just as edges and strands order them", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const given = drawn(seed);
    const order = given.model.order();
    for (let one = 0; one < 60; one += 7) {
      for (let other = 0; other < 60; other += 1) {
        const [before, after] = [one !== other && leads(given, one, other), one !== other && leads(given, other, one)];
        assert.equal(order.isBefore(one, other), before, `${seed}: ${one} before ${other}`);
        assert.equal(order.isUnordered(one, other), one !== other && !before && !after);
      }
    }
  }
});

test("of another strand, what is unordered with an event is one stretch", () => {
  const { model } = drawn(3);
  const order = model.order();
  for (let event = 0; event < 60; event += 1) {
    model.rows.forEach((row, strand) => {
      if (strand === model.strandOf[event]) return;
      const [from, until] = order.unorderedIn(event, strand);
      row.forEach((other, place) => assert.equal(order.isUnordered(event, other), place >= from && place < until));
    });
  }
});

test("by order, each event is drawn after all that it follows", () => {
  const { model, edges } = drawn(5);
  for (const [from, to] of edges) assert.ok(model.step[from] < model.step[to]);
  for (const row of model.rows) row.slice(1).forEach((event, at) => assert.ok(model.step[row[at]] < model.step[event]));
  assert.equal(model.steps, Math.max(...model.step) + 1);
});

test("uneventful stretches are one mark, and no event is lost", () => {
  const draw = lots(11);
  for (let turn = 0; turn < 50; turn += 1) {
    const row = Array.from({ length: draw(40) }, (_, event) => event);
    const notable = Uint8Array.from(row, () => (draw(6) === 0 ? 1 : 0));
    const stretches = stretchesOf(row, notable);
    const events = stretches.flatMap(({ first, count }) => row.slice(first, first + count));
    assert.deepEqual(events, row);
    for (const { first, count } of stretches) if (count > 1) assert.ok(!notable.slice(first, first + count).includes(1) && count >= 4);
  }
  assert.equal(stretchesOf([1, 2, 3, 4, 5, 6], null).length, 6);
});

test("a view stays within what there is, and no smaller than it can be", () => {
  assert.deepEqual(within([-5, 5], [0, 100], 1), [0, 10]);
  assert.deepEqual(within([95, 120], [0, 100], 1), [75, 100]);
  assert.deepEqual(within([-10, 300], [0, 100], 1), [0, 100]);
  assert.deepEqual(within([50, 50.1], [0, 100], 1), [49.55, 50.55]);
});

test("lines are cut to the view and keep their direction", () => {
  const { x1, y1, x2, y2 } = clipLine({ x1: -1e7, y1: 0, x2: 1e7, y2: 100 }, 1000);
  assert.ok(x1 >= -100 && x2 <= 1100);
  assert.ok(Math.abs((y2 - y1) / (x2 - x1) - 100 / 2e7) < 1e-9);
  assert.deepEqual(clipLine({ x1: 5, y1: 0, x2: 5, y2: 9 }, 10), { x1: 5, y1: 0, x2: 5, y2: 9 });
});

test("timestamps keep their microseconds", () => {
  for (const timestamp of ["2026-01-31T12:00:00.000001Z", "2026-12-31T23:59:59.999999Z", "1970-01-01T00:00:00.500000Z"]) {
    assert.equal(toTimestamp(toMs(timestamp)), timestamp);
  }
  assert.equal(toMs("2026-01-31T12:00:00Z"), START);
});

test("durations are told in their unit", () => {
  assert.deepEqual([0, 0.0125, 1.5, 1234, 90_000, 7_200_000, null].map(formatDuration), ["0", "12.5 µs", "1.5 ms", "1.23 s", "1.5 min", "2 h", "–"]);
});

test("a density is counted where it is in view", () => {
  const density = { from: toTimestamp(START), until: toTimestamp(START + 100), bucket_ms: 10, lanes: [{ service: "a", counts: Array(10).fill(5) }, { service: "b", counts: Array(10).fill(1) }] };
  assert.equal(countWithin(density, START, [0, 100]), 60);
  assert.equal(countWithin(density, START, [20, 40]), 12);
  assert.equal(countWithin(density, START, [200, 300]), 0);
});

/** An answer about a window of a trace of 100 s, in ms: its events, or how many each of its 512 buckets has. */
function answer(from, until, perBucket) {
  const window = { from: toTimestamp(START + from), until: toTimestamp(START + until) };
  const counts = Array(512).fill(perBucket);
  const density = perBucket === null ? null : { ...window, bucket_ms: (until - from) / 512, lanes: [{ service: "bank", counts }] };
  return { ...window, first_timestamp: toTimestamp(START), density };
}

test("a long trace is shown by the best answer that has all of the view", () => {
  const [base, part, events] = [answer(0, 100_000, 1000), answer(10_000, 20_000, 100), answer(12_000, 13_000, null)];
  const answers = [base, part, events];
  const shown = (from, until) => pick(answers, base, [from, until]);
  assert.deepEqual(shown(12_100, 12_900), { graph: events, density: null });
  assert.equal(shown(12_500, 13_500).density, part.density);
  assert.equal(shown(5_000, 15_000).density, base.density);
  assert.equal(shown(0, 100_000).density, base.density);
});

test("the sidecar is asked where it knows more, and nowhere else", () => {
  const base = answer(0, 100_000, 1000);
  const asks = (answers, from, until) => isWanting([base, ...answers], base, [from, until]);
  assert.equal(asks([], 0, 100_000), false, "fine enough");
  assert.equal(asks([], 10_000, 20_000), true, "too coarse");
  assert.equal(asks([answer(9_000, 21_000, 100)], 10_000, 20_000), false, "too many events to draw");
  assert.equal(asks([answer(9_000, 21_000, 2)], 10_000, 20_000), true, "few enough");
  assert.equal(asks([answer(9_000, 21_000, null)], 10_000, 20_000), false, "events are there");
});

test("a finding is chosen by its id, or by its kind and variable", () => {
  const graph = graphOf(2, 4, []);
  const finding = (id, kind, variable) => ({ id, kind, variable, service: "bank", accesses: [] });
  graph.findings = [finding("1", "race", "x"), finding("2", "race", "y"), finding("3", "lost_update", "y")];
  const chosen = (query) => readChoice(modelOf(graph), new URLSearchParams(query)).finding?.id;
  assert.deepEqual(["", "finding=2", "finding=race:y", "finding=lost_update", "finding=gone", "finding=none"].map(chosen), ["1", "2", "2", "3", "1", undefined]);
});
