// How the sidecar is, where that matters to who reads; and whether what is shown is live.

import { html } from "../vendor/libs.js";

/**
 * What `/api/stream` says of the sidecar.
 * @typedef {{ storage: string, durable: boolean, ready: boolean, degraded: boolean, reason: string | null }} Condition
 */

/** @param {{ condition: Condition | null, degraded: boolean, connection: string }} properties `degraded`: an answer says so */
export function Banner({ condition, degraded, connection }) {
  if (connection === "lost") {
    return html`<p class="note critical banner" role="alert"><strong>The sidecar can't be reached.</strong> What is shown was true
      before; the page comes back by itself.</p>`;
  }
  if (condition?.degraded || degraded) {
    return html`<p class="note warning banner" role="status"><strong>${title(condition)}</strong> What is shown may miss something.
      ${condition?.reason && html` <span class="muted">${condition.reason}</span>`}</p>`;
  }
  if (condition && !condition.ready) {
    return html`<p class="note critical banner" role="alert"><strong>The sidecar takes no events.</strong> ${condition.reason}</p>`;
  }
  return null;
}

/** @param {Condition | null} condition */
function title(condition) {
  return condition?.storage === "memory" ? "The store is degraded." : "Postgres is away, or has not got everything yet.";
}

/** @type {Record<string, [sign: string, word: string]>} */
const STATES = {
  connecting: ["○", "connecting"], live: ["●", "live"], lost: ["✕", "not connected"], paused: ["‖", "paused"],
};

/** @param {{ connection: string }} properties */
export function LiveState({ connection }) {
  const [sign, word] = STATES[connection];
  return html`<span class=${`live-state ${connection}`} role="status"><span aria-hidden="true">${sign}</span> ${word}</span>`;
}
