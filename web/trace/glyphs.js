// The shape that stands for a kind of event: told by its outline, not by a colour. Paths around (0, 0), 10 px wide.

import { html } from "../vendor/libs.js";
import { isWrite } from "./told.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {"write" | "read" | "acquire" | "release" | "call" | "answer" | "fork" | "error" | "other"} Glyph
 */

/** @type {Record<Glyph, { path: string, isFilled: boolean, means: string }>} */
export const GLYPHS = {
  write: { path: "M-5-5H5V5H-5Z", isFilled: true, means: "write" },
  read: { path: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z", isFilled: false, means: "read" },
  acquire: { path: "M0-6L6 5H-6Z", isFilled: true, means: "lock taken" },
  release: { path: "M0-6L6 5H-6Z", isFilled: false, means: "lock released" },
  call: { path: "M0-6L6 0L0 6L-6 0Z", isFilled: true, means: "request, query" },
  answer: { path: "M0-6L6 0L0 6L-6 0Z", isFilled: false, means: "response" },
  fork: { path: "M-5-6L6 0L-5 6Z", isFilled: true, means: "task started, awaited" },
  error: { path: "M-5-5L5 5M5-5L-5 5", isFilled: false, means: "error" },
  other: { path: "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0Z", isFilled: true, means: "other event" },
};

/** @type {Record<string, Glyph>} */
const OF_KIND = {
  LockAcquire: "acquire", LockRelease: "release", HttpRequest: "call", DatabaseQuery: "call", HttpResponse: "answer",
  AsyncSpawn: "fork", AsyncAwait: "fork", Error: "error",
};

/**
 * @param {Model} model
 * @param {number} event
 * @returns {Glyph}
 */
export function glyphOf(model, event) {
  const access = model.accessesOf.get(event)?.[0];
  if (access) return isWrite(access) ? "write" : "read";
  return OF_KIND[model.graph.events[event].kind] ?? "other";
}

/** @param {{ glyph: Glyph }} properties */
export function GlyphIcon({ glyph }) {
  const { path, isFilled } = GLYPHS[glyph];
  return html`<svg class="icon" viewBox="-8 -8 16 16" width="14" height="14" aria-hidden="true">
    <path d=${path} class=${isFilled ? "glyph filled" : "glyph"} /></svg>`;
}
