// Questions to the sidecar. Answers come in an envelope; what is wrong becomes an error that says so.

import { useCallback, useEffect, useState } from "../vendor/libs.js";

/**
 * @typedef {import("./types.js").Envelope} Envelope
 * @typedef {Record<string, string | number | null | undefined>} Parameters
 */

/**
 * What was asked for.
 * @typedef {object} Answer
 * @property {any} data
 * @property {boolean} degraded reads may miss something
 * @property {number | null} age of an answer that is given again, in seconds
 */

/** What the sidecar refused, or that it could not be reached (status 0). */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @type {() => Promise<void>} */
let logIn = () => Promise.reject(new ApiError(401, "Reading needs a login."));

/**
 * Sets what is done when an answer is refused for want of a session or key: it resolves when the question
 * is to be asked again, once.
 * @param {() => Promise<void>} ask
 */
export function onUnauthorized(ask) {
  logIn = ask;
}

const KEY = "raceway-key";

/**
 * Keeps a key of the sidecar's `api_keys` until the tab is closed; null forgets it.
 * @param {string | null} key
 */
export function keepKey(key) {
  if (key === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
}

/**
 * The headers that present the key, if one is kept. Sessions are cookies and need none.
 * @returns {Record<string, string>}
 */
export function authorization() {
  const key = sessionStorage.getItem(KEY);
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

/**
 * A path with its parameters; those without a value are left out.
 * @param {string} path
 * @param {Parameters} [parameters]
 */
export function urlOf(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * @param {string} path
 * @param {Parameters} [parameters]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export function get(path, parameters, signal) {
  return ask(urlOf(path, parameters), { signal });
}

/**
 * @param {string} path
 * @param {BodyInit} body
 * @param {Parameters} [parameters]
 * @param {RequestInit} [options]
 * @returns {Promise<Answer>}
 */
export function post(path, body, parameters, options = {}) {
  return ask(urlOf(path, parameters), { ...options, method: "POST", body });
}

/**
 * @param {string} url
 * @param {RequestInit} options
 */
async function ask(url, options) {
  let response = await send(url, options);
  if (response.status === 401) {
    await logIn();
    response = await send(url, options);
  }
  const envelope = await envelopeOf(response);
  if (response.ok && envelope) {
    const age = response.headers.get("Age");
    return { data: envelope.data, degraded: envelope.degraded === true, age: age === null ? null : Number(age) };
  }
  throw new ApiError(response.status, envelope?.error || `The sidecar answered ${response.status} ${response.statusText}.`);
}

/**
 * @param {string} url
 * @param {RequestInit} options
 */
async function send(url, options) {
  try {
    return await fetch(url, { ...options, headers: { ...authorization(), ...options.headers } });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, "The sidecar could not be reached.");
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Envelope | null>}
 */
async function envelopeOf(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    return null;
  }
}

/**
 * The answer to a question, asked anew when it changes or on `reload`; what was answered before stays
 * until the next answer is there. No question, no answer: `url` null.
 * @template T
 * @param {string | null} url
 * @returns {{ data: T | null, error: ApiError | null, loading: boolean, degraded: boolean, age: number | null, reload: () => void }}
 */
export function useAnswer(url) {
  const [state, setState] = useState(/** @type {any} */ ({ data: null, error: null, loading: url !== null, degraded: false, age: null }));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (url === null) return undefined;
    const abort = new AbortController();
    setState((/** @type {any} */ before) => ({ ...before, loading: true }));
    get(url, {}, abort.signal).then(
      (answer) => setState({ ...answer, error: null, loading: false }),
      (error) => {
        if (!abort.signal.aborted) setState((/** @type {any} */ before) => ({ ...before, error, loading: false }));
      },
    );
    return () => abort.abort();
  }, [url, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  return { ...state, reload };
}
