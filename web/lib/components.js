// Small pieces that screens share.

import { html } from "../vendor/libs.js";
import { SEVERITY_SIGNS, kindName } from "./words.js";

/** @typedef {import("./types.js").Children} Children */

/** Shown until an answer is there. */
export function Loading() {
  return html`<p class="loading" role="status">Loading …</p>`;
}

/** @param {{ title: string, text?: string, children?: Children }} properties */
export function Failure({ title, text, children }) {
  return html`<section class="failure" role="alert"><h1>${title}</h1>${text && html`<p>${text}</p>`}${children}</section>`;
}

/** What an answer says when reads may miss something. */
export function Degraded() {
  return html`<p class="note warning" role="status">
    <strong>Postgres is away.</strong> What is shown may miss events that wait to be stored.</p>`;
}

/**
 * A severity that can be told without its colour: a sign and the word.
 * @param {{ severity: string }} properties
 */
export function Severity({ severity }) {
  return html`<span class=${`severity ${severity.toLowerCase()}`}>
    <span aria-hidden="true">${SEVERITY_SIGNS[severity] ?? "•"}</span> ${severity.toLowerCase()}</span>`;
}

/** @param {{ kind: string, severity: string }} properties */
export function FindingKind({ kind, severity }) {
  return html`<span class=${`severity ${severity.toLowerCase()}`} title=${severity.toLowerCase()}>
    <span aria-hidden="true">${SEVERITY_SIGNS[severity] ?? "•"}</span> ${kindName(kind)}</span>`;
}
