// Where the page is: a path, and in the query everything that is chosen on it.

import { useEffect, useState } from "../vendor/libs.js";

/**
 * @typedef {Record<string, string | null | undefined>} Changes what to set; empty, null and undefined remove
 * @typedef {{ path: string, query: URLSearchParams }} Location
 */

/** @type {Set<() => void>} */
const listeners = new Set();

/** @returns {Location} */
export function readLocation() {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/**
 * The location, anew whenever it changes.
 * @returns {Location}
 */
export function useLocation() {
  const [here, setHere] = useState(readLocation);
  useEffect(() => subscribe(() => setHere(readLocation())), []);
  return here;
}

/**
 * Calls back when the location has changed, until what is returned is called.
 * @param {() => void} listener
 */
export function subscribe(listener) {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}

/**
 * A link to here with some of the choices changed.
 * @param {Changes} changes
 * @param {string} [path] another path than this one; then other choices are not kept
 */
export function hrefWith(changes, path) {
  const query = path === undefined ? new URLSearchParams(location.search) : new URLSearchParams();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return (path ?? location.pathname) + (text ? `?${text}` : "");
}

/**
 * The path of a trace.
 * @param {string} id
 * @param {Changes} [choices]
 */
export function traceHref(id, choices = {}) {
  return hrefWith(choices, `/traces/${encodeURIComponent(id)}`);
}

/**
 * Changes choices in place: the back button does not step through them.
 * @param {Changes} changes
 */
export function choose(changes) {
  change(hrefWith(changes), "replaceState");
}

/**
 * Goes to another place, to which the back button leads back from.
 * @param {string} href
 */
export function go(href) {
  change(href, "pushState");
}

/**
 * @param {string} href
 * @param {"pushState" | "replaceState"} how
 */
function change(href, how) {
  if (href === location.pathname + location.search) return;
  history[how](null, "", href);
  tell();
}

function tell() {
  for (const listener of [...listeners]) listener();
}

/** Lets links within the page change its location without loading it again. */
export function followLinks() {
  addEventListener("popstate", tell);
  addEventListener("click", (event) => {
    const link = linkOf(event);
    if (!link) return;
    event.preventDefault();
    go(link.pathname + link.search);
    if (link.hash) document.querySelector(link.hash)?.scrollIntoView();
    else if (!link.hasAttribute("data-stay")) scrollTo(0, 0);
  });
}

/**
 * The link of the page itself that was clicked, if it was one and the click asks for nothing special.
 * @param {MouseEvent} event
 * @returns {HTMLAnchorElement | null}
 */
function linkOf(event) {
  const isPlain = event.button === 0 && !event.defaultPrevented
    && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!isPlain || !(link instanceof HTMLAnchorElement)) return null;
  const isOwn = link.origin === location.origin && !link.target && !link.hasAttribute("download")
    && !/^\/(api|auth|events|status|health|metrics)(\/|$)/.test(link.pathname)
    && !link.getAttribute("href")?.startsWith("#");
  return isOwn ? link : null;
}
