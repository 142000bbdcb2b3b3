// Where services stand in the picture of their calls: who calls stands left of who is called.

/**
 * @typedef {{ from: string, to: string }} Call
 * @typedef {{ name: string, column: number, row: number }} Placed
 */

/** Services beside each other that have no calls. */
const BESIDE = 4;

/**
 * Columns by the longest way from a service that nobody calls; calls that lead back are left out of that. In
 * a column, services stand near those that call them. Those without calls stand below.
 * @param {string[]} names
 * @param {Call[]} calls
 * @returns {Placed[]}
 */
export function placed(names, calls) {
  const callers = new Set(calls.filter(({ from, to }) => from !== to).flatMap(({ from, to }) => [from, to]));
  const connected = placedByCalls(names.filter((name) => callers.has(name)), calls);
  const below = connected.length > 0 ? Math.max(...connected.map(({ row }) => row)) + 1 : 0;
  const alone = names.filter((name) => !callers.has(name));
  return [...connected, ...alone.map((name, place) => ({ name, column: place % BESIDE, row: below + Math.floor(place / BESIDE) }))];
}

/**
 * @param {string[]} names
 * @param {Call[]} calls
 */
function placedByCalls(names, calls) {
  const callees = neighbours(names, calls);
  const columns = longestWays(names, callees);
  const callers = neighbours(names, calls.map(({ from, to }) => ({ from: to, to: from })));
  /** @type {Map<string, number>} */
  const rows = new Map();
  /** @type {Placed[]} */
  const all = [];
  for (let column = 0; column <= Math.max(0, ...columns.values()); column += 1) {
    const members = names.filter((name) => columns.get(name) === column);
    const weight = new Map(members.map((name) => [name, middle(callers.get(name) ?? [], rows)]));
    members.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0));
    members.forEach((name, place) => {
      const row = place - (members.length - 1) / 2;
      rows.set(name, row);
      all.push({ name, column, row });
    });
  }
  return all;
}

/**
 * @param {string[]} names
 * @param {Call[]} calls
 * @returns {Map<string, string[]>}
 */
function neighbours(names, calls) {
  /** @type {Map<string, string[]>} */
  const all = new Map(names.map((name) => [name, []]));
  for (const { from, to } of calls) {
    if (from !== to && all.has(to)) all.get(from)?.push(to);
  }
  return all;
}

/**
 * @param {string[]} names
 * @param {Map<string, string[]>} callees
 */
function longestWays(names, callees) {
  const order = inOrder(names, callees);
  const place = new Map(order.map((name, at) => [name, at]));
  const columns = new Map(order.map((name) => [name, 0]));
  for (const name of order) {
    const next = (columns.get(name) ?? 0) + 1;
    for (const callee of callees.get(name) ?? []) {
      const leadsOn = (place.get(callee) ?? 0) > (place.get(name) ?? 0);
      if (leadsOn) columns.set(callee, Math.max(columns.get(callee) ?? 0, next));
    }
  }
  return columns;
}

/**
 * Callers before those that they call, as far as no call leads back: services that nobody calls begin.
 * @param {string[]} names
 * @param {Map<string, string[]>} callees
 */
function inOrder(names, callees) {
  const called = new Set([...callees.values()].flat());
  const seen = new Set();
  /** @type {string[]} */
  const left = [];
  const visit = (/** @type {string} */ name) => {
    if (seen.has(name)) return;
    seen.add(name);
    callees.get(name)?.forEach(visit);
    left.push(name);
  };
  names.filter((name) => !called.has(name)).forEach(visit);
  names.forEach(visit);
  return left.reverse();
}

/**
 * The mean row of those that have one.
 * @param {string[]} names
 * @param {Map<string, number>} rows
 */
function middle(names, rows) {
  const known = names.flatMap((name) => rows.get(name) ?? []);
  return known.length ? known.reduce((sum, row) => sum + row, 0) / known.length : 0;
}
