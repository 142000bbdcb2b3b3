// Keys of the overview: `n` and `p` lead from finding to finding, Enter opens it.

import { useEffect } from "../vendor/libs.js";
import { isTyping } from "./filters.js";

export function useFindingKeys() {
  useEffect(() => {
    addEventListener("keydown", step);
    return () => removeEventListener("keydown", step);
  }, []);
}

/** @param {KeyboardEvent} event */
function step(event) {
  const by = { n: 1, p: -1 }[event.key];
  if (!by || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...document.querySelectorAll(".findings .subject")];
  const current = all.findIndex((link) => link === document.activeElement);
  const next = all[current < 0 ? (by > 0 ? 0 : all.length - 1) : (current + by + all.length) % all.length];
  if (next instanceof HTMLElement) next.focus();
}
