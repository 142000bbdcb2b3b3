// What a browser sees of the web UI: `node browser.mjs SCENARIO URL [ARGUMENT...]`. Fails with what is wrong.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { chromium } = createRequire(`${process.env.TEST_BROWSER}/`)("playwright-core");
const LIMIT = 15_000;

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium" });

/** A page of a new profile, and what has gone wrong in it. */
async function openPage(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT);
  const wrong = [];
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => wrong.push(`exception: ${error}`));
  page.on("requestfailed", (request) => {
    const { errorText } = request.failure();
    // Polls that were under way when the page was left.
    if (errorText !== "net::ERR_ABORTED") wrong.push(`${request.url()}: ${errorText}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) wrong.push(`${response.url()}: ${response.status()}`);
  });
  return { page, wrong };
}

/** Waits until the page has got all that it asks for first, or shows something else. */
async function isShown(page, state = "ready") {
  await page.waitForSelector(`main[data-state="${state}"]`, { state: "attached" });
}

async function load(page, url, state) {
  const response = await page.goto(url);
  assert.equal(response.status(), 200, url);
  await isShown(page, state);
  return response;
}

async function post(url, events) {
  const response = await fetch(`${url}/events`, { method: "POST", body: JSON.stringify(events) });
  const { data } = await response.json();
  assert.equal(data.accepted, events.length);
  return data;
}

function event(trace_id, event_id) {
  return { trace_id, event_id, kind: "StateChange", timestamp: new Date().toISOString(),
    metadata: { variable: "x", access_type: "Write", service_name: "bank", thread_id: "main" } };
}

const scenarios = {
  /** Every route of the page, loaded directly. */
  async routes(url, ...paths) {
    const { page, wrong } = await openPage(await browser.newContext());
    for (const path of paths) {
      const response = await load(page, url + path);
      assert.match(response.headers()["content-type"], /^text\/html/, path);
      const asked = await page.locator("li").count();
      assert.ok(asked > 2, `${path} has asked for ${asked}`);
    }
    const style = await page.evaluate(() => {
      const { color, fontWeight } = getComputedStyle(document.querySelector("main"));
      return { color, fontWeight };
    });
    assert.deepEqual(style, { color: "rgb(1, 2, 3)", fontWeight: "700" }, "styles are applied");
    const head = await page.evaluate(async () => {
      const response = await fetch("/", { method: "HEAD" });
      return [response.status, await response.text()];
    });
    assert.deepEqual(head, [200, ""]);
    assert.deepEqual(wrong, []);
  },

  /** Open while events arrive, over more than two polls. */
  async polls(url) {
    const { page, wrong } = await openPage(await browser.newContext());
    await post(url, [event("first", "1")]);
    await load(page, `${url}/traces/first?poll=100`);
    const line = (path) => page.locator(`li[data-path="${path}"]`);
    const [list, trace] = [line("/api/traces?page=1&page_size=50"), line("/api/traces/first")];
    const answers = Number(await list.getAttribute("data-answers"));
    for (let n = 2; n < 10; n += 1) {
      await post(url, [event("first", `${n}`), event(`other ${n}`, "1")]);
      await page.waitForFunction(
        ([total, events]) =>
          document.querySelector(`li[data-path="/api/traces?page=1&page_size=50"]`).dataset.total === total
          && document.querySelector(`li[data-path="/api/traces/first"]`).dataset.total === events,
        [`${n}`, `${n}`],
      );
    }
    assert.ok(Number(await list.getAttribute("data-answers")) >= answers + 2);
    assert.equal(await trace.getAttribute("data-total"), "9");
    await isShown(page);
    assert.deepEqual(wrong, []);
  },

  /** The page is asked for again, and its assets are not. */
  async caches(url) {
    const context = await browser.newContext();
    const { page, wrong } = await openPage(context);
    const network = await context.newCDPSession(page);
    await network.send("Network.enable");
    const statuses = [];
    network.on("Network.responseReceivedExtraInfo", ({ statusCode }) => statuses.push(statusCode));
    const transferred = () => page.evaluate(() => {
      const [script] = performance.getEntriesByType("resource")
        .filter(({ name }) => name.includes("/assets/"));
      return script.transferSize;
    });
    await load(page, `${url}/`);
    assert.ok(await transferred() > 0, "the first time, assets come from the server");
    assert.ok(!statuses.includes(304));
    await load(page, `${url}/insights/health`);
    assert.equal(await transferred(), 0, "assets come from the cache");
    statuses.length = 0;
    await load(page, `${url}/`);
    assert.equal(statuses[0], 304, "the page is asked for again, and has not changed");
    assert.deepEqual(wrong, []);
  },

  /** A UI with a password. */
  async login(url, password) {
    const context = await browser.newContext();
    const { page, wrong } = await openPage(context);
    const logIn = async (attempt) => {
      await page.fill("input", attempt);
      await page.click("button");
    };
    const read = () => page.evaluate(async () => (await fetch("/api/services")).status);
    await load(page, `${url}/insights/races?poll=100`, "login");
    assert.deepEqual(wrong, []);
    await logIn("a guess");
    await page.waitForFunction(() => document.querySelector("output").textContent === "wrong password");
    await isShown(page, "login");
    assert.equal(await read(), 401);
    assert.ok(wrong.every((line) => line.includes("401")), wrong.join());
    wrong.length = 0;

    await logIn(password);
    await isShown(page);
    await load(page, `${url}/`);
    assert.equal(await read(), 200);
    const [cookie] = await context.cookies();
    assert.ok(cookie.httpOnly && cookie.sameSite === "Strict" && cookie.name === "raceway_session");
    const days = (cookie.expires - Date.now() / 1000) / 86400;
    assert.ok(days > 6.9 && days <= 7, `${days} days`);
    assert.deepEqual(wrong, []);

    // One that has expired here, but not in the browser.
    const [, signature] = cookie.value.split(".");
    await context.addCookies([{ ...cookie, value: `1700000000.${signature}` }]);
    await load(page, `${url}/traces/t`, "login");
    assert.equal(await read(), 401);
    wrong.length = 0;
    await logIn(password);
    await isShown(page, "failed");
    assert.equal(await page.locator("main").getAttribute("title"), "HTTP error! status: 404");
    const loggedOut = await page.evaluate(async () => {
      const response = await fetch("/auth/logout", { method: "POST" });
      return response.json();
    });
    assert.equal(loggedOut.success, true);
    assert.deepEqual(await context.cookies(), []);
    await load(page, `${url}/`, "login");
  },

  /** Pages of other origins: with anybody's, with one that lets none in, with a session. */
  async origins(url, closed, secured, key, password) {
    const elsewhere = createServer((_, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end("<title>elsewhere</title><link rel=icon href=data:,>");
    });
    await new Promise((listening) => elsewhere.listen(0, "127.0.0.1", listening));
    const context = await browser.newContext();
    const { page } = await openPage(context);
    const ask = (to, options = {}) => page.evaluate(async ([to, options]) => {
      try {
        return (await fetch(to, options)).status;
      } catch {
        return "refused";
      }
    }, [to, options]);
    await page.goto(`${secured}/`);
    await isShown(page, "login");
    assert.equal(await ask("/auth/login", { method: "POST", body: JSON.stringify({ password }) }), 200);
    assert.equal(await ask("/api/services"), 200);

    await page.goto(`http://127.0.0.1:${elsewhere.address().port}/`);
    assert.equal(await ask(`${url}/api/services`), 200);
    const headers = { "Content-Type": "application/json", "Authorization": `Bearer ${key}` };
    const body = JSON.stringify([event("of another origin", "1")]);
    assert.equal(await ask(`${url}/events`, { method: "POST", headers, body }), 200);
    assert.equal(await ask(`${url}/api/services`, { method: "DELETE" }), "refused");
    assert.equal(await ask(`${closed}/api/services`), "refused");
    assert.equal(await ask(`${secured}/api/services`), 401);
    assert.equal(await ask(`${secured}/api/services`, { headers }), 200);
    assert.equal(await ask(`${secured}/api/services`, { credentials: "include" }), "refused");
    elsewhere.close();
  },

  /** Without Postgres: what waits is shown, and nothing is an error. */
  async away(url) {
    const { page, wrong } = await openPage(await browser.newContext());
    await load(page, `${url}/insights/hotspots?poll=100`);
    const { stored_in } = await post(url, [event("waits", "1")]);
    assert.equal(stored_in, "spool");
    for (const path of ["/", "/traces/waits", "/services/bank", "/insights/performance"]) {
      await load(page, url + path);
      assert.equal(await page.locator(`li[data-path^="/api/traces?"]`).first().getAttribute("data-total"), "1");
    }
    assert.deepEqual(wrong, []);
  },
};

const [name, ...parameters] = process.argv.slice(2);
try {
  await scenarios[name](...parameters);
} finally {
  await browser.close();
}
