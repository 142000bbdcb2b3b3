// Where the page is: a path, and in the query everything that is chosen on it.

import { useEffect, useState } from "../vendor/libs.js";

/**
 * @typedef {Record<string, string | null | undefined>} Changes what to set; empty, null and undefined remove
 * @typedef {{ path: string, query: URLSearchParams }} Location
 */

/** Choices are written to the address so often at most, in ms: browsers refuse more than 20 a second. */
const WRITES = 100;

/** @type {Set<() => void>} */
const listeners = new Set();
/** Path and query: the address says the same, a moment later. */
let here = globalThis.location ? addressed() : "/";
let timer = 0;

function addressed() {
  return location.pathname + location.search;
}

/** @returns {Location} */
export function readLocation() {
  const [path, query] = split(here);
  return { path, query: new URLSearchParams(query) };
}

/** @param {string} href */
function split(href) {
  const mark = href.indexOf("?");
  return mark < 0 ? [href, ""] : [href.slice(0, mark), href.slice(mark + 1)];
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
  const now = readLocation();
  const query = path === undefined ? now.query : new URLSearchParams();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return (path ?? now.path) + (text ? `?${text}` : "");
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
  const href = hrefWith(changes);
  if (href === here) return;
  here = href;
  timer ||= setTimeout(write, WRITES);
  tell();
}

/** Lets the address say where the page is. */
function write() {
  clearTimeout(timer);
  timer = 0;
  if (addressed() !== here) history.replaceState(null, "", here);
}

/**
 * Goes to another place, from which the back button leads back.
 * @param {string} href
 */
export function go(href) {
  if (href === here) return;
  write();
  here = href;
  history.pushState(null, "", href);
  tell();
}

function tell() {
  for (const listener of [...listeners]) listener();
}

/** Lets links within the page change its location without loading it again. */
export function followLinks() {
  addEventListener("pagehide", write);
  addEventListener("popstate", () => {
    clearTimeout(timer);
    timer = 0;
    here = addressed();
    tell();
  });
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
