// Where programs have keys and people no password: `node key.mjs URL KEY`. The key lets in, live view included.

import assert from "node:assert/strict";
import { inBrowser, isReady, keep, lostUpdate, openPage, post, visit } from "./visit.mjs";

const [url, key] = process.argv.slice(2);

await inBrowser("chromium", async (browser) => {
  const { page, wrong } = await openPage(browser);
  const logIn = async (attempt) => {
    await page.getByLabel("Key").fill(attempt);
    await page.getByRole("button", { name: "Log in" }).click();
  };
  await visit(page, `${url}/`, "login");
  await keep(page, "login-key");
  await logIn("a guess");
  await page.getByText("does not know this key").waitFor();
  await logIn(key);
  await isReady(page);
  await page.locator(".live-state.live, .waiting", { hasText: /live|Waiting/ }).waitFor();
  assert.ok(wrong.every((line) => line.includes("401")), wrong.join());
  wrong.length = 0;
  await post(url, lostUpdate("colliding"), { Authorization: `Bearer ${key}` });
  await page.click(".verdict .why");
  await page.waitForSelector("article.why .facts");
  // The key is kept with the tab.
  await page.reload();
  await isReady(page);
  assert.deepEqual(wrong, []);
});
