// A scene as SVG.

import { html } from "../vendor/libs.js";
import { GLYPHS } from "./glyphs.js";
import { textWidth } from "../lib/text.js";
import { countLabel } from "./scene_labels.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Mark} Mark
 * @typedef {import("./lanes.js").Window} Window
 */

/** With more arrows than this, they are drawn faintly. */
const CROWD = 80;

/** Arrow heads and the pattern of what is unordered. */
export function Definitions() {
  return html`<svg width="0" height="0" class="definitions" aria-hidden="true"><defs>
    <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0.5L8 4L0 7.5Z" class="arrow-head" /></marker>
    <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" class="hatch-line" /></pattern>
  </defs></svg>`;
}

/** @param {{ scene: Scene, view: Window, children?: any }} properties */
export function SvgScene({ scene, view, children }) {
  const { width, top, bottom } = view;
  return html`<svg class=${scene.arrows.length > CROWD ? "scene crowded" : "scene"} width=${width} height=${bottom - top} viewBox=${`0 ${top} ${width} ${bottom - top}`} aria-hidden="true">
    ${children}
    ${scene.holds.map(({ x, y, width: size }) => html`<rect class="held-span" x=${x} y=${y - 11} width=${size} height="22" rx="3" />`)}
    ${scene.lines.map(({ x, until, y, color, isChosen }) => html`<line class=${`strand-line lane-${color} ${isChosen ? "chosen" : ""}`} x1=${x} x2=${until} y1=${y} y2=${y} />`)}
    ${scene.bands.map(({ x, y, width: size }) => html`<rect class="band" x=${x} y=${y - 9} width=${size} height="18" rx="4" />`)}
    ${scene.bars.map(({ x, y, width: size, color }) => html`<rect class=${`bar lane-${color}`} x=${x} y=${y - 3} width=${size} height="6" rx="3" />`)}
    ${scene.arrows.map(({ x1, y1, x2, y2, kind }) => html`<path class=${`arrow ${kind}`} d=${arrowPath(x1, y1, x2, y2)} marker-end="url(#arrow)" />`)}
    ${scene.findings.map(Link)}
    ${scene.marks.map((mark) => html`<${MarkShape} key=${mark.event} mark=${mark} isChosen=${mark === scene.chosen} />`)}
    ${scene.findings.map(Badges)}
  </svg>`;
}

/**
 * A line that ends short of the mark that it points to.
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
export function arrowPath(x1, y1, x2, y2) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [((x2 - x1) / length) * 7, ((y2 - y1) / length) * 7];
  return `M${x1 + dx} ${y1 + dy}L${x2 - dx} ${y2 - dy}`;
}

/** @param {import("./scene_findings.js").FindingLink} link */
function Link({ isChosen, severity, paths }) {
  return paths.map((path) => html`
    ${isChosen && html`<path class="link-under" d=${path} />`}
    <path class=${`link ${severity} ${isChosen ? "chosen" : ""}`} d=${path} />`);
}

/** @param {import("./scene_findings.js").FindingLink} link */
function Badges({ severity, label, badges }) {
  return html`
    ${badges.map(({ x, y, number }) => html`<g class=${`badge ${severity}`} transform=${`translate(${x},${y})`}>
      <circle r="7.5" /><text dy="3.5">${number}</text></g>`)}
    ${label && html`<g class=${`link-label ${severity}`} transform=${`translate(${label.x},${label.y})`}>
      <rect y="-8.5" width=${label.size} height="17" rx="8.5" /><text x=${label.size / 2} dy="4">${label.text}</text></g>`}`;
}

/** @param {{ mark: Mark, isChosen: boolean }} properties */
function MarkShape({ mark, isChosen }) {
  const { x, y, until, count, glyph, color, label, isMarked } = mark;
  if (count > 1) return Several(mark);
  const { path, isFilled } = GLYPHS[glyph];
  return html`<g class=${`mark lane-${color} ${isMarked ? "marked" : ""}`}>
    ${isChosen && html`<circle class="ring" cx=${until} cy=${y} r="10" />`}
    <path class=${isFilled ? "glyph filled" : "glyph"} d=${path} transform=${`translate(${x},${y})`} />
    ${label && html`<text class="mark-label" x=${label.x} y=${label.y} text-anchor=${label.anchor}>${label.text}</text>`}
  </g>`;
}

/** @param {Mark} mark */
function Several(mark) {
  const text = countLabel(mark);
  const size = Math.max(mark.until - mark.x, textWidth(text) + 8);
  const middle = (mark.x + mark.until) / 2;
  return html`<g class=${`mark several lane-${mark.color}`}>
    <rect x=${middle - size / 2} y=${mark.y - 8} width=${size} height="16" rx="8" />
    <text x=${middle} y=${mark.y + 4}>${text}</text>
  </g>`;
}
