/** @param {{ children?: import("../lib/types.js").Children }} properties */
export function Gate({ children }) {
  return children;
}
