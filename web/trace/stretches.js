// Uneventful stretches of a strand, which are drawn as one mark with their count.

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {{ first: number, count: number }} Stretch events of a row from a place on; one is the event itself
 */

/** As few events as this are drawn one by one. */
const FEWEST = 4;

/**
 * Which events are drawn for themselves, whatever is beside them: those that edges, findings and races name,
 * errors, the chosen one, the first and the last of each strand.
 * @param {Model} model
 * @param {Choice} choice
 * @returns {Uint8Array}
 */
export function notableEvents(model, choice) {
  const notable = new Uint8Array(model.graph.events.length);
  const note = (/** @type {number} */ event) => { notable[event] = 1; };
  for (const event of model.edgesOf.keys()) note(event);
  for (const event of model.findingsOf.keys()) note(event);
  for (const [event, accesses] of model.accessesOf) if (accesses.some(({ is_race }) => is_race)) note(event);
  for (const row of model.rows) if (row.length) [row[0], row[row.length - 1]].forEach(note);
  model.graph.events.forEach(({ kind }, event) => { if (kind === "Error") note(event); });
  if (choice.event >= 0) note(choice.event);
  return notable;
}

/**
 * @param {number[]} row
 * @param {Uint8Array | null} notable null: nothing is collapsed
 * @returns {Stretch[]}
 */
export function stretchesOf(row, notable) {
  if (!notable) return row.map((_, first) => ({ first, count: 1 }));
  /** @type {Stretch[]} */
  const stretches = [];
  for (let at = 0; at < row.length;) {
    let until = at;
    while (until < row.length && !notable[row[until]]) until += 1;
    if (until - at >= FEWEST) stretches.push({ first: at, count: until - at });
    else for (let one = at; one < until; one += 1) stretches.push({ first: one, count: 1 });
    if (until < row.length) stretches.push({ first: until, count: 1 });
    at = until + 1;
  }
  return stretches;
}
