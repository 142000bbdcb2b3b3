// What happens on the sidecar, as it happens: GET /api/stream, by fetch, so that it can carry a key.

import { useEffect, useRef, useState } from "../vendor/libs.js";
import { ApiError, authorization, get, urlOf } from "../lib/api.js";
import { reader } from "./told.js";

/**
 * @typedef {import("./told.js").Told} Told
 * @typedef {"connecting" | "live" | "lost" | "paused"} Connection
 * @typedef {{ service: string, tell: (told: Told) => void, change: (connection: Connection) => void }} Listener
 */

/** The pauses before one comes back, in ms; the last is kept. */
const PAUSES = [500, 1000, 2000, 5000, 10_000];
/** Without even a comment for so long, which come each 15 s, the connection is gone. In ms. */
const SILENCE = 40_000;

/**
 * Listens while the page is seen: one that nobody looks at takes none of the sidecar's places for listeners.
 * @param {string} service empty for all
 * @param {(told: Told) => void} tell
 * @returns {Connection}
 */
export function useStream(service, tell) {
  const [connection, setConnection] = useState(/** @type {Connection} */ ("connecting"));
  const latest = useRef(tell);
  latest.current = tell;
  useEffect(() => {
    /** @type {AbortController | null} */
    let abort = null;
    const listener = { service, tell: (/** @type {Told} */ told) => latest.current(told), change: setConnection };
    const turn = () => {
      abort?.abort();
      abort = document.hidden ? null : new AbortController();
      if (abort) listen(listener, abort.signal);
      else setConnection("paused");
    };
    turn();
    document.addEventListener("visibilitychange", turn);
    return () => {
      abort?.abort();
      document.removeEventListener("visibilitychange", turn);
    };
  }, [service]);
  return connection;
}

/**
 * Listens until the signal, and comes back whenever the stream ends.
 * @param {Listener} listener
 * @param {AbortSignal} signal
 */
async function listen(listener, signal) {
  let lastSeen = "";
  let failures = 0;
  const tell = (/** @type {Told} */ told) => {
    lastSeen = told.id || lastSeen;
    failures = 0;
    listener.tell(told);
  };
  listener.change("connecting");
  while (!signal.aborted) {
    await listenOnce({ ...listener, tell }, lastSeen, signal).catch(() => {});
    if (signal.aborted) return;
    listener.change("lost");
    await pause(PAUSES[Math.min(failures, PAUSES.length - 1)], signal);
    failures += 1;
  }
}

/**
 * @param {Listener} listener
 * @param {string} lastSeen id of an event; empty at first
 * @param {AbortSignal} signal
 */
async function listenOnce(listener, lastSeen, signal) {
  const silence = new AbortController();
  const response = await fetch(urlOf("/api/stream", { service: listener.service }), {
    headers: { ...authorization(), ...(lastSeen && { "Last-Event-ID": lastSeen }) },
    signal: AbortSignal.any([signal, silence.signal]),
  });
  // Any question asks for a login where one is needed.
  if (response.status === 401) await get("/api/traces", { page_size: 1 }, signal);
  if (!response.ok || !response.body) throw new ApiError(response.status, response.statusText);
  listener.change("live");
  await readAll(response.body, reader(listener.tell), silence);
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {(piece: string) => void} take
 * @param {AbortController} silence
 */
async function readAll(body, take, silence) {
  const pieces = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const alarm = setTimeout(() => silence.abort(), SILENCE);
    const { done, value } = await pieces.read().finally(() => clearTimeout(alarm));
    if (done) return;
    take(decoder.decode(value, { stream: true }));
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 */
function pause(ms, signal) {
  return new Promise((/** @type {(value: void) => void} */ done) => {
    const alarm = setTimeout(done, ms);
    signal.addEventListener("abort", () => { clearTimeout(alarm); done(); }, { once: true });
  });
}
