// The page: its routes, the frame around them, and the gate that asks for a login when one is needed.

import { html, render, useEffect, useState } from "./vendor/libs.js";
import { Failure, Loading } from "./lib/components.js";
import { Frame } from "./lib/frame.js";
import { followLinks, useLocation } from "./lib/url.js";
import { Gate } from "./login/gate.js";
import { followDrops } from "./open/drops.js";

/**
 * A screen: what its module exports as `View`.
 * @typedef {import("./lib/types.js").View} View
 * @typedef {{ at: RegExp, title: string, load: () => Promise<{ View: View }> }} Route
 */

/** @type {Route[]} */
const ROUTES = [
  { at: /^\/$/, title: "Overview", load: () => import("./overview/view.js") },
  { at: /^\/traces\/(?<id>[^/]+)$/, title: "Trace", load: () => import("./trace/view.js") },
  { at: /^\/compare$/, title: "Compare", load: () => import("./compare/view.js") },
  { at: /^\/variable$/, title: "Variable", load: () => import("./variable/view.js") },
  { at: /^\/open$/, title: "Open a file", load: () => import("./open/view.js") },
];

/** @param {string} path */
function findRoute(path) {
  for (const route of ROUTES) {
    const match = route.at.exec(path);
    if (match) return { route, params: decoded(match.groups ?? {}) };
  }
  return null;
}

/** @param {Record<string, string>} params */
function decoded(params) {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decode(value)]));
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function App() {
  const { path } = useLocation();
  const found = findRoute(path);
  useEffect(() => {
    document.title = found ? `${found.params.id ?? found.route.title} · Raceway` : "Raceway";
  }, [path]);
  return html`<${Gate}><${Frame} path=${path}>
    ${found
      ? html`<${Screen} key=${path} load=${found.route.load} ...${found.params} />`
      : html`<${Failure} title="Nothing is here" text=${`There is no page at ${path}.`} />`}
  <//><//>`;
}

/**
 * A screen whose module is loaded when it is first shown.
 * @param {{ load: () => Promise<{ View: View }> } & Record<string, unknown>} properties
 */
function Screen({ load, ...properties }) {
  const [state, setState] = useState(/** @type {{ View?: View, error?: Error }} */ ({}));
  useEffect(() => {
    let isCurrent = true;
    load().then(
      ({ View }) => isCurrent && setState({ View }),
      (error) => isCurrent && setState({ error }),
    );
    return () => { isCurrent = false; };
  }, [load]);
  if (state.error) return html`<${Failure} title="This part of the page could not be loaded" text=${state.error.message} />`;
  if (!state.View) return html`<${Loading} />`;
  return html`<${state.View} ...${properties} />`;
}

followLinks();
followDrops();
render(html`<${App} />`, /** @type {Element} */ (document.getElementById("app")));
