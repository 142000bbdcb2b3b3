// Sentences and labels about events and accesses.

import { formatOffset, formatValue, shorten } from "../lib/format.js";
import { labelOf } from "./labels.js";

/**
 * @typedef {import("../lib/types.js").GraphEvent} GraphEvent
 * @typedef {import("./model.js").Model} Model
 * @typedef {{ access_type: string, old_value: any, new_value: any, variable?: string | null }} Accessed
 */

/**
 * Whether an access leaves a value. One without a type is taken as a write.
 * @param {{ access_type: string }} access
 */
export function isWrite({ access_type }) {
  return !access_type.endsWith("Read");
}

/**
 * The value that an access read, or that it left.
 * @param {Accessed} access
 */
export function valueOf({ new_value, old_value }) {
  return new_value ?? old_value;
}

/** @param {any} value */
function isUnknown(value) {
  return value === null || value === undefined;
}

/**
 * What an access does to a variable, briefly: `balance = 100` of a read, `balance: 100 → 70` of a write.
 * @param {Accessed} access
 * @param {string} name of the variable
 */
export function accessLabel(access, name) {
  if (!isWrite(access)) return isUnknown(valueOf(access)) ? `reads ${name}` : `${name} = ${shorten(formatValue(valueOf(access)), 24)}`;
  const left = shorten(formatValue(access.new_value), 24);
  return isUnknown(access.old_value)
    ? `${name} ← ${left}`
    : `${name}: ${shorten(formatValue(access.old_value), 24)} → ${left}`;
}

/**
 * The same as a verb: `reads 100`, `writes 70`, `changes 100 to 70`.
 * @param {Accessed} access
 */
export function accessVerb(access) {
  if (!isWrite(access)) return isUnknown(valueOf(access)) ? "reads" : `reads ${shorten(formatValue(valueOf(access)), 60)}`;
  const left = shorten(formatValue(access.new_value), 60);
  return isUnknown(access.old_value)
    ? `writes ${left}`
    : `changes ${shorten(formatValue(access.old_value), 60)} to ${left}`;
}

/**
 * What stands beside an event in the diagram.
 * @param {Model} model
 * @param {number} event
 */
export function eventLabel(model, event) {
  const access = model.accessesOf.get(event)?.[0];
  return access ? accessLabel(access, shorten(access.variable, 24)) : labelOf(model.graph.events[event], 36);
}

/**
 * A thread by its name, or by the beginning of its number.
 * @param {string} thread
 */
export function threadName(thread) {
  return thread.length > 20 ? `${thread.slice(0, 8)}…` : thread;
}

/**
 * When something was, told from the beginning of the trace.
 * @param {number} ms since then
 */
export function sinceStart(ms) {
  return ms === 0 ? "at the beginning" : `${formatOffset(Math.abs(ms))} ${ms < 0 ? "before" : "after"} the beginning`;
}

/**
 * The accesses of a finding as they are numbered: by time, but for steps of a cycle, which are in its order.
 * @param {import("../lib/types.js").Finding} finding
 */
export function inOrder({ accesses }) {
  if (accesses.some(({ role }) => role === "holds" || role === "takes")) return accesses;
  return [...accesses].sort((a, b) => (a.timestamp < b.timestamp ? -1 : Number(a.timestamp > b.timestamp)));
}

/**
 * A strand by its label, with its number where others have the same.
 * @param {Model} model
 * @param {number} strand
 */
export function strandName(model, strand) {
  const { strands } = model.graph;
  const label = strands[strand]?.label ?? "?";
  const same = strands.filter((other) => other.label === label);
  return same.length < 2 ? label : `${label} #${same.indexOf(strands[strand]) + 1}`;
}

/**
 * The same without the service, where that stands beside it.
 * @param {Model} model
 * @param {number} strand
 */
export function strandNameInService(model, strand) {
  const [name, service] = [strandName(model, strand), model.graph.strands[strand]?.service ?? ""];
  return [`${service}: `, `${service} `].reduce((rest, prefix) => (rest.startsWith(prefix) ? rest.slice(prefix.length) : rest), name);
}
