// Who must log in before reading is asked to, over the screen that asked: it then goes on where it was.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/libs.js";
import { onUnauthorized } from "../lib/api.js";
import { setReady } from "../lib/ready.js";
import { loadStyle } from "../lib/styles.js";
import { LoginForm } from "./form.js";
import { waysIn } from "./ways.js";

/**
 * All questions that wait for the same login.
 * @typedef {{ promise: Promise<void>, resolve: () => void }} Waiting
 */

/** @param {{ children?: import("../lib/types.js").Children }} properties */
export function Gate({ children }) {
  const [ways, setWays] = useState(/** @type {import("./ways.js").Ways | null} */ (null));
  const waiting = useRef(/** @type {Waiting | null} */ (null));
  useLayoutEffect(() => onUnauthorized(() => {
    waiting.current ??= begin(setWays);
    return waiting.current.promise;
  }), []);
  const goOn = () => {
    waiting.current?.resolve();
    waiting.current = null;
    setWays(null);
  };
  return html`${children}${ways && html`<${Dialog}><${LoginForm} ways=${ways} onDone=${goOn} /><//>`}`;
}

/**
 * @param {(ways: import("./ways.js").Ways) => void} show
 * @returns {Waiting}
 */
function begin(show) {
  let resolve = () => {};
  const promise = new Promise((/** @type {(value: void) => void} */ done) => { resolve = done; });
  Promise.all([waysIn(), loadStyle("/login/style.css")]).then(([ways]) => show(ways));
  return { promise, resolve };
}

/**
 * Over everything, until it is no longer rendered.
 * @param {{ children?: import("../lib/types.js").Children }} properties
 */
function Dialog({ children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const state = /** @type {import("../lib/ready.js").State | undefined} */ (document.getElementById("main")?.dataset.state);
    dialog.current?.showModal();
    setReady("login");
    return () => setReady(state ?? "loading");
  }, []);
  const stay = (/** @type {Event} */ event) => event.preventDefault();
  return html`<dialog ref=${dialog} class="login" aria-labelledby="login-title" onCancel=${stay}>${children}</dialog>`;
}
