import { html } from "../vendor/libs.js";

export function View() {
  return html`<h1>Trace</h1>`;
}
