// A part of the screen that can be folded; the query says which are.

import { choose } from "../lib/url.js";
import { html } from "../vendor/libs.js";

/** @typedef {import("../lib/types.js").Children} Children */

/**
 * @param {{ id: string, title: string, note?: Children, tools?: Children, folded: string[], children?: Children }} properties
 */
export function Section({ id, title, note, tools, folded, children }) {
  const isFolded = folded.includes(id);
  const toggle = () => choose({ folded: (isFolded ? folded.filter((other) => other !== id) : [...folded, id]).join(",") });
  return html`<section class="part" id=${id} aria-labelledby=${`${id}-title`}>
    <div class="part-head">
      <h2 id=${`${id}-title`}><button class="plain fold" aria-expanded=${!isFolded} onClick=${toggle}><span aria-hidden="true">${isFolded ? "▸" : "▾"}</span> ${title}</button></h2>
      ${!isFolded && tools}
      ${note}
    </div>
    ${!isFolded && children}
  </section>`;
}

/** @param {string | null} folded of the query */
export function foldedParts(folded) {
  return (folded ?? "").split(",").filter(Boolean);
}
