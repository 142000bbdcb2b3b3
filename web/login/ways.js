// How one may get in: with the password of the page, or with a key of programs.

import { authorization, keepKey } from "../lib/api.js";

/** @typedef {{ password: boolean }} Ways whether a password is set; a key may do in any case */

/** @returns {Promise<Ways>} */
export async function waysIn() {
  try {
    const { auth_required } = await (await fetch("/auth/check")).json();
    return { password: auth_required === true };
  } catch {
    return { password: false };
  }
}

/**
 * Begins a session.
 * @param {string} password
 * @returns {Promise<string | null>} what is wrong, if something is
 */
export async function logInWithPassword(password) {
  const response = await fetch("/auth/login", {
    method: "POST", body: JSON.stringify({ password }), headers: { "Content-Type": "application/json" },
  });
  if (!response.ok) return response.status === 401 ? "This is not the password." : refusal(response);
  keepKey(null);
  return null;
}

/**
 * Keeps a key with which one may read.
 * @param {string} key
 * @returns {Promise<string | null>} what is wrong, if something is
 */
export async function logInWithKey(key) {
  keepKey(key);
  const response = await fetch("/api/traces?page_size=1", { headers: authorization() });
  if (response.ok) return null;
  keepKey(null);
  if (response.status === 401) return "The sidecar does not know this key.";
  if (response.status === 403) return "This key may send events, and not read. A key of the role read or admin is needed.";
  return refusal(response);
}

/**
 * @param {Response} response
 */
function refusal(response) {
  const wait = response.headers.get("Retry-After");
  if (response.status === 429) return `There were too many attempts. Try again in ${wait ?? "some"} seconds.`;
  return `The sidecar answered ${response.status} ${response.statusText}.`;
}
