// A scene on a canvas: for windows with more marks than a document carries well.

import { html, useLayoutEffect, useRef } from "../vendor/libs.js";
import { prepare } from "./canvas.js";
import { GLYPHS } from "./glyphs.js";
import { arrowPath } from "./scene_svg.js";
import { textWidth } from "../lib/text.js";
import { countLabel } from "./scene_labels.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Mark} Mark
 * @typedef {import("./lanes.js").Window} Window
 * @typedef {(token: string) => string} Color
 */

const DASHES = /** @type {Record<string, number[]>} */ ({ fork: [], call: [], return: [5, 3], join: [8, 3], clock: [2, 3] });
const SHAPES = new Map(Object.entries(GLYPHS).map(([name, { path }]) => [name, new Path2D(path)]));

/** @param {{ scene: Scene, view: Window }} properties */
export function CanvasScene({ scene, view }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useLayoutEffect(() => draw(/** @type {HTMLCanvasElement} */ (canvas.current), scene, view));
  return html`<canvas class="scene" ref=${canvas} aria-hidden="true"></canvas>`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {Window} view
 */
function draw(canvas, scene, view) {
  const { context, color, font } = prepare(canvas, view.width, view.bottom - view.top);
  context.translate(0, -view.top);
  context.font = `11px ${font}`;
  context.textAlign = "center";
  drawLines(context, scene, color);
  drawArrows(context, scene, color);
  drawLinks(context, scene, color);
  for (const mark of scene.marks) drawMark(context, mark, mark === scene.chosen, color);
  for (const { badges, severity } of scene.findings) for (const badge of badges) drawBadge(context, badge, color(severity), color("bg"));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Color} color
 */
function drawLines(context, scene, color) {
  context.fillStyle = color("chosen");
  for (const { x, y, width } of scene.holds) context.fillRect(x, y - 11, width, 22);
  context.globalAlpha = 0.6;
  for (const { x, until, y, color: lane, isChosen } of scene.lines) {
    context.lineWidth = isChosen ? 4 : 1;
    stroke(context, color(`lane-${lane}`), `M${x} ${y}H${until}`);
  }
  context.lineWidth = 1;
  context.globalAlpha = 0.3;
  for (const { x, y, width, color: lane } of scene.bars) {
    context.fillStyle = color(`lane-${lane}`);
    context.fillRect(x, y - 3, width, 6);
  }
  context.globalAlpha = 1;
  context.fillStyle = color("chosen");
  for (const { x, y, width } of scene.bands) context.fillRect(x, y - 9, width, 18);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Color} color
 */
function drawArrows(context, scene, color) {
  for (const { x1, y1, x2, y2, kind } of scene.arrows) {
    context.setLineDash(DASHES[kind] ?? []);
    stroke(context, color("strong-line"), arrowPath(x1, y1, x2, y2));
    context.setLineDash([]);
    const angle = Math.atan2(y2 - y1, x2 - x1);
    context.save();
    context.translate(x2 - 6 * Math.cos(angle), y2 - 6 * Math.sin(angle));
    context.rotate(angle);
    context.fillStyle = color("strong-line");
    context.fill(new Path2D("M-7-3L0 0L-7 3Z"));
    context.restore();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Color} color
 */
function drawLinks(context, scene, color) {
  for (const { paths, severity, isChosen } of scene.findings) {
    context.lineWidth = isChosen ? 2.5 : 1;
    context.setLineDash([6, 4]);
    for (const path of paths) stroke(context, color(severity), path);
  }
  context.setLineDash([]);
  context.lineWidth = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} style
 * @param {string} path
 */
function stroke(context, style, path) {
  context.strokeStyle = style;
  context.stroke(new Path2D(path));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Mark} mark
 * @param {boolean} isChosen
 * @param {Color} color
 */
function drawMark(context, mark, isChosen, color) {
  const { x, y, count, glyph, label } = mark;
  const lane = color(`lane-${mark.color}`);
  if (count > 1) drawSeveral(context, mark, lane, color);
  else drawGlyph(context, x, y, glyph, lane, color("bg"));
  if (isChosen) {
    context.strokeStyle = color("focus");
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 10, 0, 7);
    context.stroke();
  }
  if (label) {
    context.fillStyle = color("text");
    context.textAlign = /** @type {CanvasTextAlign} */ (label.anchor === "middle" ? "center" : label.anchor);
    context.fillText(label.text, label.x, label.y);
    context.textAlign = "center";
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {import("./glyphs.js").Glyph} glyph
 * @param {string} lane
 * @param {string} background
 */
function drawGlyph(context, x, y, glyph, lane, background) {
  const shape = /** @type {Path2D} */ (SHAPES.get(glyph));
  context.save();
  context.translate(x, y);
  context.fillStyle = GLYPHS[glyph].isFilled ? lane : background;
  context.fill(shape);
  context.lineWidth = 1.75;
  context.strokeStyle = lane;
  context.stroke(shape);
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Mark} mark
 * @param {string} lane
 * @param {Color} color
 */
function drawSeveral(context, mark, lane, color) {
  const text = countLabel(mark);
  const size = Math.max(mark.until - mark.x, textWidth(text) + 8);
  const middle = (mark.x + mark.until) / 2;
  context.beginPath();
  context.roundRect(middle - size / 2, mark.y - 8, size, 16, 8);
  context.fillStyle = color("bg");
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = lane;
  context.stroke();
  context.fillStyle = color("text");
  context.fillText(text, middle, mark.y + 4);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ x: number, y: number, number: number }} badge
 * @param {string} style
 * @param {string} background
 */
function drawBadge(context, { x, y, number }, style, background) {
  context.beginPath();
  context.arc(x, y, 7.5, 0, 7);
  context.fillStyle = style;
  context.fill();
  context.fillStyle = background;
  context.fillText(String(number), x, y + 3.5);
}
