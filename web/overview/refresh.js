// Answers that follow what happens, without asking all the time.

import { useCallback, useEffect, useRef } from "../vendor/libs.js";
import { useAnswer } from "../lib/api.js";

/** A moment for what comes with the first event, in ms. */
const MOMENT = 150;

/**
 * An answer, and `poke`, after which it is asked for again: in a moment, but only `pause` after the last
 * answer, and three times as long as that took, so that a slow question leaves the sidecar time for others.
 * @template T
 * @param {T} _none null, of the type of what is answered
 * @param {string} url
 * @param {number} pause ms
 */
export function useFollowing(_none, url, pause) {
  const answer = useAnswer(url);
  const times = useRef({ asked: 0, answered: 0, alarm: 0 });
  useEffect(() => {
    times.current[answer.loading ? "asked" : "answered"] = Date.now();
  }, [answer.loading]);
  const poke = useCallback(() => {
    const { asked, answered, alarm } = times.current;
    if (alarm) return;
    const took = Math.max(0, answered - asked);
    const wait = answered && Math.max(pause, 3 * took) - (Date.now() - answered);
    times.current.alarm = setTimeout(() => {
      times.current.alarm = 0;
      answer.reload();
    }, Math.max(MOMENT, wait));
  }, [answer.reload, pause]);
  useEffect(() => () => clearTimeout(times.current.alarm), []);
  return { ...answer, data: /** @type {T} */ (answer.data), poke };
}
