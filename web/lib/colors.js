// The colour of a service: one of eight, `--lane-1` to `--lane-8`. Its name always stands beside it.

/** @type {Map<string, number>} */
const known = new Map();

/**
 * 1 to 8; the same for a service as long as the page is open.
 * @param {string} service
 */
export function serviceColor(service) {
  const color = known.get(service) ?? (known.size % 8) + 1;
  known.set(service, color);
  return color;
}
