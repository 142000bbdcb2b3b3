// The trace screen by keys, wheel, drag and menus: `node steer.mjs URL`. What is chosen stands in the URL, and is
// shown again when that is opened.

import assert from "node:assert/strict";
import { assertNotReloaded, inBrowser, keep, lostUpdate, mark, openPage, post, visit } from "./visit.mjs";

const [url] = process.argv.slice(2);

/** Waits until the query has these values; null: none. */
function says(page, expected) {
  return page.waitForFunction((values) => {
    const query = new URLSearchParams(location.search);
    return Object.entries(values).every(([name, value]) => query.get(name) === value);
  }, expected);
}

async function chosenEvent(page) {
  return page.locator(".side dd code").filter({ hasText: /^(a|b)\d$/ }).textContent();
}

await inBrowser("chromium", async (browser) => {
  const { context, page, wrong } = await openPage(browser);
  await post(url, lostUpdate("steered"));
  await visit(page, `${url}/traces/steered`);
  await mark(page);
  await page.locator("article.why").getByText("was lost").waitFor();
  const findings = await page.locator(".findings li").count();
  assert.ok(findings > 1, `${findings} findings`);
  const first = await page.locator(".findings button[aria-pressed=true]").textContent();
  await page.keyboard.press("n");
  await page.waitForFunction((before) => document.querySelector(".findings button[aria-pressed=true]")?.textContent !== before, first);
  await page.keyboard.press("p");
  await page.waitForFunction((before) => document.querySelector(".findings button[aria-pressed=true]")?.textContent === before, first);

  await page.keyboard.press("/");
  await page.keyboard.type("write 70");
  await page.locator("#found [role=option]").filter({ hasText: "100 → 70" }).waitFor();
  await page.keyboard.press("Enter");
  await says(page, { event: "b2" });
  assert.equal(await chosenEvent(page), "b2");
  await page.keyboard.press("Escape");
  await page.locator("#search").blur();
  await page.keyboard.press("k");
  await says(page, { event: "b1" });
  await page.keyboard.press("j");
  await says(page, { event: "b2" });
  await page.keyboard.press("t");
  await says(page, { axis: "order" });
  await page.keyboard.press("t");
  await says(page, { axis: null });
  await page.keyboard.press("+");
  await page.waitForFunction(() => /zoom=[\d.]+\.\.[\d.]+/.test(location.search));
  await keep(page, "trace-steered");

  const copy = await context.newPage();
  await visit(copy, page.url());
  assert.equal(await chosenEvent(copy), "b2", "a link shows what was chosen");
  assert.equal(await copy.locator(".extent").textContent(), await page.locator(".extent").textContent());
  await copy.close();

  await page.keyboard.press("0");
  await says(page, { zoom: null });
  await page.locator("#spacetime .lanes-scroll").focus();
  await page.locator("#spacetime .lanes").scrollIntoViewIfNeeded();
  const plot = await page.locator(".plot").first().boundingBox();
  await page.mouse.move(plot.x + plot.width / 2, plot.y + 4);
  await page.mouse.wheel(0, -200);
  await page.waitForFunction(() => location.search.includes("zoom="));
  const before = new URL(page.url()).searchParams.get("zoom");
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width / 2 - 120, plot.y + 4, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction((zoom) => new URLSearchParams(location.search).get("zoom") !== zoom, before);
  await page.keyboard.press("Escape");
  await says(page, { event: null });
  await page.keyboard.press("?");
  await page.locator("dialog[open]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });

  await page.locator("summary", { hasText: "Strands" }).click();
  await page.locator(".menu[open] input").first().uncheck();
  await says(page, { strands: "1" });
  assert.equal(await page.locator("#spacetime .lane-head").count(), 1);
  await assertNotReloaded(page);
  await page.keyboard.press("Escape");
  await page.locator(".menu[open]").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => location.pathname === "/");
  assert.deepEqual(wrong, []);
});
