// Pieces of the page that need no browser: `node --test pieces.mjs`.

import assert from "node:assert/strict";
import test from "node:test";
import { differenceOf, runs } from "../../web/compare/align.js";
import { placed } from "../../web/overview/layers.js";
import { reader } from "../../web/overview/told.js";
import { axisOf, numberOf } from "../../web/variable/value.js";

test("a stream is read however it is cut", () => {
  const stream = 'event: trace\r\ndata: {"a":\r\ndata: 1}\r\nid: 7-1\r\n\r\n: it goes on\n\nevent: state\ndata: {"b":2}\n\n';
  const expected = [{ name: "trace", id: "7-1", data: { a: 1 } }, { name: "state", id: "", data: { b: 2 } }];
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const told = [];
    const take = reader((event) => told.push(event));
    take(stream.slice(0, cut));
    take(stream.slice(cut));
    assert.deepEqual(told, expected, `cut at ${cut}`);
  }
});

test("who calls stands left of who is called, also where calls lead back", () => {
  const calls = [["web", "orders"], ["orders", "stock"], ["web", "stock"], ["stock", "orders"], ["stock", "stock"], ["web", "unknown"]];
  const all = placed(["stock", "orders", "web", "alone"], calls.map(([from, to]) => ({ from, to })));
  const column = (name) => all.find((service) => service.name === name).column;
  assert.deepEqual(["web", "orders", "stock", "alone"].map(column), [0, 1, 2, 0]);
  assert.equal(new Set(all.map(({ column, row }) => `${column} ${row}`)).size, 4, "none is on another");
});

test("a value stands by its number, or by itself", () => {
  assert.deepEqual([1.5, "2", { balance: 3 }, { a: 1, b: 2 }, "", true, null].map(numberOf), [1.5, 2, 3, null, null, null, null]);
  const numbers = axisOf([10, null, 30, 20]);
  assert.deepEqual([10, 20, 30, null].map(numbers.at), [0, 0.5, 1, null]);
  const names = axisOf(["new", "paid", "sent", "paid"]);
  assert.deepEqual(["new", "paid", "sent", "lost"].map(names.at), [0, 0.5, 1, null]);
  const many = axisOf(Array.from({ length: 50 }, (_, place) => `v${place}`));
  assert.ok(many.ticks.length <= 12 && many.at("v49") === 1);
  assert.equal(axisOf([7, 7]).at(7), 0.5);
});

test("what is the same in both traces is told as one", () => {
  const side = (count) => ({ count, total_ms: 1, ids: [] });
  const row = (a, b) => ({ a: a && side(a), b: b && side(b) });
  assert.deepEqual([row(1, 0), row(0, 1), row(1, 2), row(1, 1)].map(differenceOf), ["a", "b", "count", "same"]);
  const rows = [row(1, 1), row(1, 1), row(1, 0), row(1, 1)];
  assert.deepEqual(runs(rows, 1).map(({ rows: of, isRun }) => [of.length, isRun]), [[2, true], [1, false], [1, false]]);
});
