// What stands beside an event in a drawing: what its kind's fields say, in few words.

import { formatValue, shorten } from "../lib/format.js";

/** @typedef {import("../lib/types.js").GraphEvent} GraphEvent */

/** @type {Record<string, (payload: Record<string, any>) => string | undefined>} */
const LABELS = {
  FunctionCall: ({ function_name: name }) => name && `${name}()`,
  HttpRequest: ({ method, url }) => method && `${method} ${pathOf(url ?? "")}`,
  HttpResponse: ({ status }) => status && `answers ${status}`,
  DatabaseQuery: ({ query }) => query && String(query).trim().replace(/\s+/g, " "),
  LockAcquire: ({ lock_id: lock }) => lock && `takes ${lock}`,
  LockRelease: ({ lock_id: lock }) => lock && `releases ${lock}`,
  AsyncSpawn: ({ task_name: name }) => name && `starts ${name}`,
  AsyncAwait: () => "awaits",
  Error: ({ error_type: type, message }) => (message ? `${type ?? "Error"}: ${formatValue(message)}` : type),
};

/**
 * @param {GraphEvent} event
 * @param {number} most letters
 */
export function labelOf({ kind, operation, payload }, most) {
  const label = LABELS[kind]?.(payload ?? {});
  return shorten(typeof label === "string" && label ? label : operation, most);
}

/** @param {string} url */
function pathOf(url) {
  return String(url).replace(/^[a-z]+:\/\/[^/]*/i, "") || "/";
}
