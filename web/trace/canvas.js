// Canvases in px of the page, sharp on dense screens, with the colours of the page.

/**
 * Readies a canvas for a drawing in px of the page.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function prepare(canvas, width, height) {
  const density = devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(density, density);
  const styles = getComputedStyle(canvas);
  const font = styles.fontFamily;
  /** @type {Map<string, string>} */
  const known = new Map();
  const color = (/** @type {string} */ token) => {
    if (!known.has(token)) known.set(token, styles.getPropertyValue(`--${token}`).trim());
    return /** @type {string} */ (known.get(token));
  };
  return { context, color, font };
}
