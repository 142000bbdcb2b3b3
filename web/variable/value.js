// Where a value stands on an axis: by its number, where values have one, else each by itself.

import { formatValue } from "../lib/format.js";

/** Values that stand by themselves; all others share the last place. */
const MOST = 12;

/**
 * @typedef {object} Axis
 * @property {(value: unknown) => number | null} at from 0, the lowest, to 1; null for what has no place
 * @property {{ at: number, text: string }[]} ticks
 */

/**
 * An axis for values, in order of time.
 * @param {unknown[]} values
 * @returns {Axis}
 */
export function axisOf(values) {
  const present = values.filter((value) => value !== null && value !== undefined);
  const numbers = present.map(numberOf);
  const isOfNumbers = present.length > 0 && numbers.every((number) => number !== null);
  return isOfNumbers ? ofNumbers(/** @type {number[]} */ (numbers)) : ofNames(present);
}

/**
 * The number that a value is or, if it is an object, has in its only field of a number.
 * @param {unknown} value
 * @returns {number | null}
 */
export function numberOf(value) {
  if (typeof value === "number") return value;
  if (typeof value === "string") return value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : null;
  if (typeof value !== "object" || value === null) return null;
  const numbers = Object.values(value).filter((field) => typeof field === "number");
  return numbers.length === 1 ? numbers[0] : null;
}

/**
 * @param {number[]} numbers
 * @returns {Axis}
 */
function ofNumbers(numbers) {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const at = (/** @type {unknown} */ value) => {
    const number = numberOf(value);
    if (number === null) return null;
    return high === low ? 0.5 : (number - low) / (high - low);
  };
  return { at, ticks: steps(low, high).map((number) => ({ at: at(number) ?? 0, text: String(number) })) };
}

/**
 * Some five round numbers between two.
 * @param {number} low
 * @param {number} high
 */
function steps(low, high) {
  if (low === high) return [low];
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power >= 5 ? 5 : rough / power >= 2 ? 2 : 1);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}

/**
 * @param {unknown[]} values
 * @returns {Axis}
 */
function ofNames(values) {
  const names = [...new Set(values.map(formatValue))];
  const shown = names.length > MOST ? [...names.slice(0, MOST - 1), "others"] : names;
  const last = shown.length - 1;
  const at = (/** @type {number} */ place) => (last > 0 ? place / last : 0.5);
  const places = new Map(names.map((name, place) => [name, at(Math.min(place, last))]));
  return {
    at: (value) => (value === null || value === undefined ? null : places.get(formatValue(value)) ?? null),
    ticks: shown.map((text, place) => ({ at: at(place), text })),
  };
}

/**
 * What a variable had or got by an access.
 * @param {{ access_type: string, new_value: any, old_value: any }} access
 */
export function valueOf({ access_type, new_value, old_value }) {
  return isWrite(access_type) ? new_value : new_value ?? old_value;
}

/** @param {string} access_type */
export function isWrite(access_type) {
  return !/read/i.test(access_type);
}
