// A browser that visits the page, and what goes wrong in it.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.env.TEST_VISITORS}/`);
const { chromium, firefox } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** How long anything may take to show, in ms. */
const LIMIT = 20_000;
/** What makes a page accessible, as axe calls it: WCAG 2.2, levels A and AA. */
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** @param {"chromium" | "firefox"} name Debian's; Firefox by WebDriver BiDi */
export function openBrowser(name = "chromium") {
  return name === "firefox"
    ? firefox.launch({ channel: "moz-firefox", executablePath: "/usr/bin/firefox-esr" })
    : chromium.launch({ executablePath: "/usr/bin/chromium" });
}

/** A page of a new profile, and what has gone wrong in it. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT);
  const wrong = [];
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => wrong.push(`exception: ${error.stack ?? error}`));
  page.on("requestfailed", (request) => {
    const { errorText } = request.failure();
    // Questions that were under way when the screen was left.
    if (!/ERR_ABORTED|NS_BINDING_ABORTED/.test(errorText)) wrong.push(`${request.url()}: ${errorText}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) wrong.push(`${response.url()}: ${response.status()}`);
  });
  return { context, page, wrong };
}

/** Waits until the screen shows what it has asked for. */
export async function isReady(page, state = "ready") {
  await page.waitForSelector(`main[data-state="${state}"]`);
}

export async function visit(page, url, state) {
  const response = await page.goto(url);
  assert.equal(response.status(), 200, url);
  await isReady(page, state);
}

/** Every barrier that axe finds. */
export async function barriers(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: "tag", values } }), WCAG);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
}

/** What makes the page wider than the window. */
export function overflow(page) {
  return page.evaluate(() => {
    if (document.scrollingElement.scrollWidth <= innerWidth) return [];
    const isCut = (element) => element && (getComputedStyle(element).overflowX !== "visible" || isCut(element.parentElement));
    const wide = [...document.querySelectorAll("main *")].filter((element) => element.getBoundingClientRect().right > innerWidth && !isCut(element.offsetParent));
    return [`${document.scrollingElement.scrollWidth} pixels wide: ${wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 120)).join("; ")}`];
  });
}

/** Keeps a picture among what the tests leave behind. */
export async function keep(page, name) {
  mkdirSync(process.env.TEST_SCREENS, { recursive: true });
  await page.screenshot({ path: `${process.env.TEST_SCREENS}/${name}.png` });
}

/** Tells the page's document, to see later whether it is still the same. */
export async function mark(page) {
  await page.evaluate(() => { globalThis.isSame = true; });
}

export async function assertNotReloaded(page) {
  assert.equal(await page.evaluate(() => globalThis.isSame), true, "the page was loaded again");
}

export async function post(url, events, headers = {}) {
  const response = await fetch(`${url}/events`, { method: "POST", headers, body: JSON.stringify(events) });
  const { data } = await response.json();
  assert.equal(data.accepted, events.length);
  return data;
}

/** An access of a variable, of the flat dialect. */
export function access(trace_id, event_id, ms, metadata) {
  return { trace_id, event_id, kind: "StateChange", timestamp: new Date(ms).toISOString(), location: "bank.js:10",
    metadata: { variable: "balance", service_name: "bank", process_id: 1, ...metadata } };
}

/** Two requests that pay out of one account, of one trace: each reads before the other has written. */
export function lostUpdate(trace_id, now = Date.now()) {
  const reads = { access_type: "Read", new_value: 100 };
  const writes = (new_value) => ({ access_type: "Write", old_value: 100, new_value });
  const by = (thread_id, did) => ({ thread_id, ...did });
  return [access(trace_id, "a1", now, by("alice", reads)), access(trace_id, "b1", now + 1, by("bob", reads)),
    access(trace_id, "b2", now + 2, by("bob", writes(70))), access(trace_id, "a2", now + 3, by("alice", writes(50)))];
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Tells the test where this is. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Waits for the test to say this. */
export async function hear(line) {
  const { value } = await lines.next();
  assert.equal(value, line);
}

/** Runs a visit in a browser of its own. */
export async function inBrowser(name, run) {
  const browser = await openBrowser(name);
  try {
    await run(browser);
  } finally {
    await browser.close();
    process.stdin.destroy();
  }
}
