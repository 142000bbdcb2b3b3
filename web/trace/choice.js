// What is chosen on the screen of a trace: it stands in the query, and every view shows it.

import { choose, useLocation } from "../lib/url.js";
import { useMemo } from "../vendor/libs.js";
import { variableKey } from "./model.js";

/**
 * @typedef {import("../lib/types.js").Finding} Finding
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Variable} Variable
 */

/**
 * @typedef {object} Choice
 * @property {number} event index, or -1
 * @property {Finding | null} finding
 * @property {Variable | null} variable
 * @property {number} strand that of the event, or one by itself; -1: none
 * @property {boolean} isVariableAsked whether the variable was chosen by itself
 * @property {string | null} lock
 * @property {Set<number> | null} strands those that are shown; null: all
 */

/** Above this many strands, those of a finding are shown alone until others are asked for. */
const MANY_STRANDS = 12;

/**
 * @param {Model} model
 * @returns {Choice}
 */
export function useChoice(model) {
  const { query } = useLocation();
  const key = query.toString();
  return useMemo(() => readChoice(model, query), [model, key]);
}

/**
 * @param {Model} model
 * @param {URLSearchParams} query
 * @returns {Choice}
 */
export function readChoice(model, query) {
  const event = model.indexOf.get(query.get("event") ?? "") ?? -1;
  const finding = findFinding(model.graph.findings, query.get("finding"));
  return {
    event,
    finding,
    strand: event >= 0 ? model.strandOf[event] : findStrand(model, query.get("strand")),
    variable: findVariable(model, query.get("variable"), event, finding),
    isVariableAsked: query.has("variable"),
    lock: query.get("lock"),
    strands: shownStrands(model, query.get("strands"), finding),
  };
}

/**
 * The finding of an id, or the first of a `kind:variable` or of a kind; the first of all if nothing is
 * asked for; none for `none`.
 * @param {Finding[]} findings
 * @param {string | null} asked
 */
function findFinding(findings, asked) {
  if (asked === "none") return null;
  if (!asked) return findings[0] ?? null;
  return findings.find(({ id }) => id === asked)
    ?? findings.find(({ kind, variable }) => `${kind}:${variable}` === asked)
    ?? findings.find(({ kind }) => kind === asked.split(":")[0])
    ?? findings[0] ?? null;
}

/**
 * @param {Model} model
 * @param {string | null} asked
 */
function findStrand(model, asked) {
  const strand = asked ? Number(asked) : -1;
  return strand in model.rows ? strand : -1;
}

/**
 * @param {Model} model
 * @param {string | null} asked key of a variable, or its name
 * @param {number} event
 * @param {Finding | null} finding
 */
function findVariable(model, asked, event, finding) {
  const of = (/** @type {string} */ wanted) => model.variables.find(({ key }) => key === wanted);
  if (asked) return of(asked) ?? model.variables.find(({ name }) => name === asked) ?? null;
  const touched = model.accessesOf.get(event)?.[0];
  return (touched && of(variableKey(touched))) ?? (finding && of(variableKey(finding))) ?? model.variables[0] ?? null;
}

/**
 * @param {Model} model
 * @param {string | null} asked `all`, `finding`, or numbers
 * @param {Finding | null} finding
 * @returns {Set<number> | null}
 */
function shownStrands(model, asked, finding) {
  if (asked === "all") return null;
  if (asked && asked !== "finding") {
    const numbers = asked.split(",").map(Number).filter((strand) => strand in model.rows);
    return numbers.length ? new Set(numbers) : null;
  }
  const isWanted = finding && (asked === "finding" || model.rows.length > MANY_STRANDS);
  return isWanted ? strandsOfFinding(model, finding) : null;
}

/**
 * The strands of a finding's accesses, and those that they were forked from.
 * @param {Model} model
 * @param {Finding} finding
 */
export function strandsOfFinding(model, finding) {
  const strands = new Set(finding.accesses.map(({ strand }) => strand));
  for (const strand of strands) {
    const parent = model.indexOf.get(model.graph.strands[strand]?.forked_from ?? "");
    if (parent !== undefined) strands.add(model.strandOf[parent]);
  }
  return strands;
}

/**
 * Shows these strands only; null: all.
 * @param {Set<number> | null} strands
 */
export function showStrands(strands) {
  choose({ strands: strands ? [...strands].sort((a, b) => a - b).join(",") : "all" });
}

/**
 * Chooses an event, and lets its variable follow.
 * @param {string | null} id
 */
export function chooseEvent(id) {
  choose({ event: id, variable: null, strand: null });
}

/** @param {Finding | null} finding */
export function chooseFinding(finding) {
  choose({ finding: finding?.id ?? "none", event: null, variable: null, strand: null, strands: null });
}
