// The overview while events arrive: `node live.mjs URL`. What is chosen is in the URL, and keys lead on.

import assert from "node:assert/strict";
import { access, assertNotReloaded, inBrowser, isReady, lostUpdate, mark, openPage, post, visit } from "./visit.mjs";

const [url] = process.argv.slice(2);

await inBrowser("chromium", async (browser) => {
  const { page, wrong } = await openPage(browser);
  await post(url, [access("quiet", "1", Date.now(), { access_type: "Read", thread_id: "t", service_name: "shop" })]);
  await visit(page, `${url}/`);
  await mark(page);
  await page.getByText("Nothing is racing").waitFor();

  await post(url, lostUpdate("colliding"));
  await page.locator(".live").getByText("colliding").waitFor();
  await page.locator(".findings .subject", { hasText: "balance" }).first().waitFor();
  assert.match(await page.locator(".verdict").innerText(), /racing/);
  assert.match(await page.locator(".kinds").innerText(), /lost update/);

  await page.getByRole("combobox", { name: "Service" }).selectOption("shop");
  await page.waitForFunction(() => document.querySelectorAll(".live li").length === 1);
  await page.waitForFunction(() => new URLSearchParams(location.search).get("service") === "shop");
  await page.reload();
  await isReady(page);
  await mark(page);
  assert.equal(await page.getByRole("combobox", { name: "Service" }).inputValue(), "shop");
  await page.getByText("Clear", { exact: true }).click();
  await page.locator(".findings .subject").first().waitFor();

  await page.keyboard.press("/");
  await page.keyboard.type("nothing like it");
  await page.getByText("Nothing like this was found").waitFor();
  await page.waitForFunction(() => new URLSearchParams(location.search).get("text") === "nothing like it");
  await page.getByRole("searchbox").fill("balance");
  await page.locator(".findings .subject").first().waitFor();
  await page.goto(`${url}/`);
  await isReady(page);
  await mark(page);

  await page.keyboard.press("n");
  assert.match(await page.evaluate(() => document.activeElement.className), /subject/);
  await page.keyboard.press("Enter");
  await page.waitForSelector("article.why .facts");
  await page.goBack();
  await page.locator(".findings .subject").first().waitFor();
  await assertNotReloaded(page);
  assert.deepEqual(wrong, []);
});
