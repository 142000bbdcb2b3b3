// Values, times and numbers as people read them.

const NUMBER = new Intl.NumberFormat("en-US");

/** @param {number} count */
export function formatCount(count) {
  return NUMBER.format(count);
}

/**
 * A number with its noun: `1 event`, `2 events`.
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function plural(count, one, many = `${one}s`) {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/**
 * A duration of so many milliseconds, in the unit that suits it, with three digits.
 * @param {number | null | undefined} ms
 */
export function formatDuration(ms) {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "–";
  const size = Math.abs(ms);
  if (size === 0) return "0";
  if (size < 1) return `${digits(ms * 1000)} µs`;
  if (size < 1000) return `${digits(ms)} ms`;
  if (size < 60_000) return `${digits(ms / 1000)} s`;
  if (size < 3_600_000) return `${digits(ms / 60_000)} min`;
  if (size < 86_400_000) return `${digits(ms / 3_600_000)} h`;
  return `${digits(ms / 86_400_000)} d`;
}

/**
 * When something was since a beginning, to the microsecond: in µs, ms or s.
 * @param {number} ms
 */
export function formatOffset(ms) {
  const size = Math.abs(ms);
  if (size === 0) return "0";
  if (size < 1) return `${Math.round(ms * 1000)} µs`;
  return size < 1000 ? `${Number(ms.toFixed(3))} ms` : `${Number((ms / 1000).toFixed(6))} s`;
}

/** @param {number} value */
function digits(value) {
  return Number(value.toPrecision(3)).toString();
}

/**
 * Milliseconds since 1970 of a timestamp, with its microseconds as a fraction; `Date` drops these.
 * @param {string} timestamp
 */
export function toMs(timestamp) {
  const fraction = /\.(\d+)/.exec(timestamp)?.[1] ?? "";
  const whole = Date.parse(timestamp.replace(/\.\d+/, ""));
  return whole + Number(`0.${fraction || "0"}`) * 1000;
}

/**
 * The RFC 3339 timestamp, to the microsecond, of so many milliseconds since 1970.
 * @param {number} ms
 */
export function toTimestamp(ms) {
  const micros = Math.round(ms * 1000);
  const second = Math.floor(micros / 1_000_000);
  const fraction = String(micros - second * 1_000_000).padStart(6, "0");
  return `${new Date(second * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/**
 * Time of day of a timestamp, to the millisecond, in UTC.
 * @param {string} timestamp
 */
export function formatTime(timestamp) {
  return toTimestamp(toMs(timestamp)).slice(11, 23);
}

/**
 * Day and time of a timestamp, to the second, in UTC.
 * @param {string} timestamp
 */
export function formatDateTime(timestamp) {
  return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 19)}`;
}

/** @type {[number, string][]} */
const AGES = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1000, "s"]];

/**
 * How long ago something was, in whole units.
 * @param {string} timestamp
 * @param {number} [now] milliseconds since 1970
 */
export function formatAgo(timestamp, now = Date.now()) {
  const ms = now - toMs(timestamp);
  const [size, unit] = AGES.find(([least]) => ms >= least) ?? [1, ""];
  return unit ? `${Math.floor(ms / size)} ${unit} ago` : "now";
}

/**
 * A value of a variable, on one line.
 * @param {unknown} value
 */
export function formatValue(value) {
  return value === null || value === undefined ? "–" : JSON.stringify(value);
}

/**
 * A place in the source by its file and folder: `src/client.rs:123` of a path that is longer.
 * @param {string} place
 */
export function shortPlace(place) {
  return place.split("/").slice(-2).join("/");
}

/**
 * A long text with its middle left out; ids and places are told by both ends.
 * @param {string} text
 * @param {number} most characters
 */
export function shorten(text, most) {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}
