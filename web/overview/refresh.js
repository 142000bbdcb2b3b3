// Answers that follow what happens, without asking all the time.

import { useCallback, useEffect, useRef } from "../vendor/libs.js";
import { useAnswer } from "../lib/api.js";

/** A moment for what comes with the first event, in ms. */
const MOMENT = 150;

/**
 * An answer, and `poke`, after which it is asked for again: in a moment, but only `pause` after the last
 * answer, and three times as long as that took, so that a slow question leaves the sidecar time for others. It is
 * asked until an answer was made after the last poke: the sidecar gives slow ones again.
 * @template T
 * @param {T} _none null, of the type of what is answered
 * @param {string} url
 * @param {number} pause ms
 */
export function useFollowing(_none, url, pause) {
  const answer = useAnswer(url);
  const state = useRef({ asked: 0, answered: 0, poked: 0, alarm: 0, isLoading: true, isDue: false });
  const schedule = useCallback(() => {
    const { asked, answered, alarm, isLoading, isDue } = state.current;
    if (alarm || isLoading || !isDue) return;
    const wait = Math.max(pause, 3 * (answered - asked)) - (Date.now() - answered);
    state.current.alarm = setTimeout(() => {
      Object.assign(state.current, { alarm: 0, isDue: false });
      answer.reload();
    }, Math.max(MOMENT, wait));
  }, [answer.reload, pause]);
  const poke = useCallback(() => {
    Object.assign(state.current, { isDue: true, poked: Date.now() });
    schedule();
  }, [schedule]);
  useEffect(() => {
    const { asked, poked, isDue } = state.current;
    const now = Date.now();
    if (answer.loading) {
      Object.assign(state.current, { isLoading: true, asked: now });
    } else {
      const made = answer.age === null ? asked : now - (answer.age + 1) * 1000;
      Object.assign(state.current, { isLoading: false, answered: now, isDue: isDue || made < poked });
    }
    schedule();
  }, [answer.loading]);
  useEffect(() => () => clearTimeout(state.current.alarm), []);
  return { ...answer, data: /** @type {T} */ (answer.data), poke };
}
