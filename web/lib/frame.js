// What is around every screen: the name, the ways to the screens, and the place for the content.

import { html } from "../vendor/libs.js";

/** @typedef {import("./types.js").Children} Children */

const PLACES = [
  { href: "/", name: "Overview" },
  { href: "/variable", name: "Variables" },
  { href: "/compare", name: "Compare" },
  { href: "/open", name: "Open a file" },
];

/** @param {{ path?: string, children?: Children }} properties */
export function Frame({ path, children }) {
  return html`
    <header class="top">
      <a class="brand" href="/"><img src="/icon.svg" alt="" width="16" height="16" />Raceway</a>
      <nav aria-label="Screens">
        ${path !== undefined && PLACES.map(({ href, name }) => html`
          <a href=${href} aria-current=${path === href ? "page" : undefined}>${name}</a>`)}
      </nav>
    </header>
    <main id="main" tabindex="-1">${children}</main>`;
}
