// What the screen is doing, for those who wait for it: `main[data-state]`.

import { useEffect } from "../vendor/libs.js";

/** @typedef {"loading" | "ready" | "failed" | "login"} State */

/** @param {State} state */
export function setReady(state) {
  document.getElementById("main")?.setAttribute("data-state", state);
}

/** @param {State} state of the screen that calls it */
export function useReady(state) {
  useEffect(() => setReady(state), [state]);
}
