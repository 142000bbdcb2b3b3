// Words for what the sidecar names in code, and signs that stand beside colours.

/** @type {Record<string, string>} */
export const SEVERITY_SIGNS = { CRITICAL: "▲", WARNING: "◆", INFO: "●" };

/**
 * The kind of a finding in words: `lost_update` is a lost update.
 * @param {string} kind
 */
export function kindName(kind) {
  return kind.replaceAll("_", " ");
}
