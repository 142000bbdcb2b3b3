// Times since are told anew, also while nothing happens.

import { useEffect, useReducer } from "../vendor/libs.js";

/** @param {number} ms between two times that the component is rendered */
export function useTicks(ms) {
  const [, tick] = useReducer((/** @type {number} */ turn) => turn + 1, 0);
  useEffect(() => {
    const alarm = setInterval(() => tick(undefined), ms);
    return () => clearInterval(alarm);
  }, [ms]);
}
