// The keys of the trace screen, and the list of them.

import { choose, go, readLocation } from "../lib/url.js";
import { html, useEffect, useRef } from "../vendor/libs.js";
import { steer } from "./gestures.js";
import { stepEvent } from "./event.js";
import { stepFinding } from "./findings.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./model.js").Model} Model
 */

const KEYS = [
  ["/", "search for an event, a variable, a place or a value"],
  ["n, p", "next and previous finding"],
  ["j, k", "next and previous event of the strand"],
  ["+, −, 0", "zoom in, zoom out, show all"],
  ["←, →", "pan, in a diagram that has the focus"],
  ["t", "events by time, or by order"],
  ["Esc", "back: from the event, variable, lock or strand, then from the trace"],
  ["?", "this list"],
];

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {Axis} axis
 * @param {() => void} help
 */
export function useKeys(model, choice, axis, help) {
  const latest = useRef({ model, choice, axis, help });
  latest.current = { model, choice, axis, help };
  useEffect(() => {
    const press = (/** @type {KeyboardEvent} */ event) => {
      if (isTyping(event) || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const { model, choice, axis, help } = latest.current;
      const isPlainMove = !event.key.startsWith("Arrow") && event.key !== "Home" && event.key !== "End";
      if (act(event.key, model, choice, help) || (isPlainMove && steer(event, axis))) event.preventDefault();
    };
    addEventListener("keydown", press);
    addEventListener("pointerdown", closeOtherMenus);
    return () => {
      removeEventListener("keydown", press);
      removeEventListener("pointerdown", closeOtherMenus);
    };
  }, []);
}

/** @param {PointerEvent} event */
function closeOtherMenus({ target }) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!(target instanceof Node && menu.contains(target))) menu.removeAttribute("open");
  }
}

/** @param {KeyboardEvent} event */
function isTyping({ target }) {
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target instanceof HTMLElement && (/^(SELECT|TEXTAREA)$/.test(target.tagName) || target.closest("dialog") !== null);
}

/**
 * @param {string} key
 * @param {Model} model
 * @param {Choice} choice
 * @param {() => void} help
 * @returns {boolean} whether it is one of the keys
 */
function act(key, model, choice, help) {
  const actions = /** @type {Record<string, () => void>} */ ({
    "/": () => document.getElementById("search")?.focus(),
    "?": help,
    n: () => stepFinding(model, choice, 1),
    p: () => stepFinding(model, choice, -1),
    j: () => stepEvent(model, choice, 1),
    k: () => stepEvent(model, choice, -1),
    t: () => choose({ axis: readLocation().query.get("axis") === "order" ? null : "order" }),
    Escape: () => goBack(choice),
  });
  actions[key]?.();
  return key in actions;
}

/** @param {Choice} choice */
function goBack(choice) {
  const menu = document.querySelector("details.menu[open]");
  if (menu) menu.removeAttribute("open");
  else if (choice.event >= 0 || choice.strand >= 0 || choice.lock !== null || choice.isVariableAsked) {
    choose({ event: null, strand: null, lock: null, variable: null });
  }
  else go("/");
}

/** @param {{ isOpen: boolean, onClose: () => void }} properties */
export function Help({ isOpen, onClose }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return html`<dialog ref=${dialog} class="help" aria-labelledby="keys" onClose=${onClose}>
    <h2 id="keys">Keys</h2>
    <table><tbody>${KEYS.map(([keys, what]) => html`<tr><th scope="row"><kbd>${keys}</kbd></th><td>${what}</td></tr>`)}</tbody></table>
    <p class="small muted">In a diagram, dragging pans and two fingers zoom; the wheel zooms with Ctrl, and by itself once the diagram has the focus.</p>
    <form method="dialog"><button>Close</button></form>
  </dialog>`;
}
