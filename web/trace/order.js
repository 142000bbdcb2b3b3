// What the edges of a graph order: steps to draw events at, and which events no path joins. The edges and the
// strands are the sidecar's; nothing is found out here that they don't say.

/** @typedef {import("./model.js").Model} Model */

/** What may be kept of who knows whom: events × strands, four bytes each. */
const MOST_KNOWN = 8_000_000;

/**
 * The step at which each event is drawn by order: one later than all that it follows at once.
 * @param {number} events how many
 * @param {number[]} byOrder indexes of events in an order that agrees with the edges
 * @param {number[][]} rows indexes of events of each strand, in order
 * @param {{ from: number, to: number }[]} edges
 * @returns {Float64Array}
 */
export function stepsOf(events, byOrder, rows, edges) {
  const before = directlyBefore(events, rows, edges);
  const steps = new Float64Array(events);
  for (const event of byOrder) {
    let step = 0;
    for (const other of before[event]) step = Math.max(step, steps[other] + 1);
    steps[event] = step;
  }
  return steps;
}

/**
 * @param {number} events
 * @param {number[][]} rows
 * @param {{ from: number, to: number }[]} edges
 * @returns {number[][]}
 */
function directlyBefore(events, rows, edges) {
  const before = Array.from({ length: events }, () => /** @type {number[]} */ ([]));
  for (const row of rows) for (let at = 1; at < row.length; at += 1) before[row[at]].push(row[at - 1]);
  for (const { from, to } of edges) before[to].push(from);
  return before;
}

/** Which of two events comes before the other. */
export class Order {
  /**
   * @param {Model} model
   * @param {Int32Array} known of each event and strand, how many events of it happened before or are it
   */
  constructor(model, known) {
    this.model = model;
    this.known = known;
  }

  /**
   * @param {Model} model
   * @returns {Order | null} null where there is too much to tell
   */
  static of(model) {
    const { graph, byOrder, rows, edges, strandOf, placeOf } = model;
    const strands = rows.length;
    if (graph.events.length * strands > MOST_KNOWN) return null;
    const known = new Int32Array(graph.events.length * strands);
    const before = directlyBefore(graph.events.length, rows, edges);
    for (const event of byOrder) {
      const own = event * strands;
      for (const other of before[event]) learn(known, own, other * strands, strands);
      known[own + strandOf[event]] = placeOf[event] + 1;
    }
    return new Order(model, known);
  }

  /**
   * How many events of a strand happened before an event.
   * @param {number} event
   * @param {number} strand
   */
  countBefore(event, strand) {
    const { rows, strandOf, placeOf } = this.model;
    return strand === strandOf[event] ? placeOf[event] : this.known[event * rows.length + strand];
  }

  /**
   * @param {number} first
   * @param {number} second
   */
  isBefore(first, second) {
    const { rows, strandOf, placeOf } = this.model;
    return first !== second && this.known[second * rows.length + strandOf[first]] > placeOf[first];
  }

  /**
   * @param {number} one
   * @param {number} other
   */
  isUnordered(one, other) {
    return one !== other && !this.isBefore(one, other) && !this.isBefore(other, one);
  }

  /**
   * The events of a strand that nothing orders with an event: places in its row, [from, until).
   * @param {number} event
   * @param {number} strand
   * @returns {[number, number]}
   */
  unorderedIn(event, strand) {
    const row = this.model.rows[strand];
    const from = this.countBefore(event, strand);
    let [low, high] = [from, row.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.isBefore(event, row[middle])) high = middle;
      else low = middle + 1;
    }
    return [from, low];
  }
}

/**
 * @param {Int32Array} known
 * @param {number} own where what an event knows begins
 * @param {number} other where what one before it knows begins
 * @param {number} strands
 */
function learn(known, own, other, strands) {
  for (let strand = 0; strand < strands; strand += 1) {
    if (known[other + strand] > known[own + strand]) known[own + strand] = known[other + strand];
  }
}
