// Where a file is chosen, by mouse or keyboard, or dropped.

import { html, useRef } from "../vendor/libs.js";

/** @param {{ onTake: (file: File) => void, isSmall?: boolean, children?: import("../lib/types.js").Children }} properties */
export function ChooseFile({ onTake, isSmall = false, children }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const change = () => {
    const file = input.current?.files?.[0];
    if (file) onTake(file);
  };
  return html`<div class=${isSmall ? "drop beside" : "drop"}>
    ${children}
    <label class="button">${isSmall ? "Open another" : "Choose a file"}<input ref=${input} type="file" class="hidden" onChange=${change} /></label>
    ${!isSmall && html`<span class="muted">or drop it on any screen</span>`}
  </div>`;
}
