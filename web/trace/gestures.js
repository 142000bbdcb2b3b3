// Wheel, pinch, drag and keys that zoom and pan an axis.

import { useEffect, useRef } from "../vendor/libs.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {{ x: number, y: number }} Point in px from the upper left of the element
 */

/** How far a pointer moves before it drags, in px. */
const SLACK = 4;

/**
 * What the keys of a focused view do.
 * @param {KeyboardEvent} event
 * @param {Axis} axis
 * @returns {boolean} whether the key was one of them
 */
export function steer(event, axis) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const act = {
    "+": () => axis.zoom(1.5), "=": () => axis.zoom(1.5), "-": () => axis.zoom(1 / 1.5), "0": () => axis.show(null),
    ArrowLeft: () => axis.pan(-0.1), ArrowRight: () => axis.pan(0.1), Home: () => axis.pan(-1e9), End: () => axis.pan(1e9),
  }[event.key];
  act?.();
  return act !== undefined;
}

/**
 * Lets an element's pointers and wheel steer an axis. The wheel alone zooms while the element has the focus,
 * and with Ctrl always: else it would catch those who scroll past.
 * @param {{ current: HTMLElement | null }} element
 * @param {Axis} axis
 * @param {(at: Point) => void} onPick a press that was no drag
 */
export function useGestures(element, axis, onPick) {
  const latest = useRef({ axis, onPick });
  latest.current = { axis, onPick };
  useEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const drag = new Drag(target, latest);
    const wheel = (/** @type {WheelEvent} */ event) => turn(event, target, latest.current.axis);
    target.addEventListener("wheel", wheel, { passive: false });
    return () => {
      target.removeEventListener("wheel", wheel);
      drag.end();
    };
  }, []);
}

/**
 * @param {WheelEvent} event
 * @param {HTMLElement} target
 * @param {Axis} axis
 */
function turn(event, target, axis) {
  const { left, width } = target.getBoundingClientRect();
  const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
  const hasFocus = target.parentElement?.closest(".lanes")?.contains(document.activeElement) ?? false;
  if (isSideways) axis.pan((event.deltaX || event.deltaY) / width);
  else if (event.ctrlKey || event.metaKey || hasFocus) {
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    axis.zoom(2 ** (-Math.max(-200, Math.min(200, pixels)) / (event.ctrlKey ? 100 : 200)), (event.clientX - left) / width);
  } else return;
  event.preventDefault();
}

/** Pointers that are down on an element: one drags, two pinch. */
class Drag {
  /**
   * @param {HTMLElement} target
   * @param {{ current: { axis: Axis, onPick: (at: Point) => void } }} latest
   */
  constructor(target, latest) {
    this.target = target;
    this.latest = latest;
    /** @type {Map<number, Point>} */
    this.pointers = new Map();
    this.moved = 0;
    this.listening = new AbortController();
    const { signal } = this.listening;
    target.addEventListener("pointerdown", (event) => this.press(event), { signal });
    target.addEventListener("pointermove", (event) => this.move(event), { signal });
    target.addEventListener("pointerup", (event) => this.lift(event), { signal });
    target.addEventListener("pointercancel", (event) => { this.pointers.delete(event.pointerId); }, { signal });
  }

  end() {
    this.listening.abort();
  }

  /** @param {PointerEvent} event */
  at(event) {
    const { left, top } = this.target.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0) return;
    if (this.pointers.size === 0) this.moved = 0;
    this.pointers.set(event.pointerId, this.at(event));
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.at(event);
    this.moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    if (this.moved > SLACK) {
      this.target.setPointerCapture(event.pointerId);
      this.steer(event.pointerId, before, now);
    }
    this.pointers.set(event.pointerId, now);
  }

  /**
   * @param {number} pointer
   * @param {Point} before
   * @param {Point} now
   */
  steer(pointer, before, now) {
    const { axis } = this.latest.current;
    const width = this.target.clientWidth;
    const other = [...this.pointers].find(([id]) => id !== pointer)?.[1];
    if (!other) axis.pan((before.x - now.x) / width);
    else {
      const apart = Math.max(8, Math.abs(before.x - other.x));
      axis.zoom(Math.max(8, Math.abs(now.x - other.x)) / apart, other.x / width);
    }
  }

  /** @param {PointerEvent} event */
  lift(event) {
    const wasDown = this.pointers.delete(event.pointerId);
    if (wasDown && this.moved <= SLACK) this.latest.current.onPick(this.at(event));
  }
}
