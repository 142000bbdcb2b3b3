// Postgres goes away and comes back: `node away.mjs URL`. The test says when.

import assert from "node:assert/strict";
import { access, assertNotReloaded, hear, inBrowser, isReady, keep, lostUpdate, mark, openPage, post, say, visit } from "./visit.mjs";

const [url] = process.argv.slice(2);

await inBrowser("chromium", async (browser) => {
  const { page, wrong } = await openPage(browser);
  await post(url, lostUpdate("before"));
  await visit(page, `${url}/`);
  await page.locator(".live").getByText("before").waitFor();
  await mark(page);
  say("open");
  await hear("away");
  await post(url, [access("waits", "1", Date.now(), { access_type: "Read", thread_id: "t" })]);
  await page.locator(".banner").getByText("Postgres is away").waitFor();
  await page.locator(".live").getByText("waits").waitFor();
  await keep(page, "away");
  for (const place of ["Variables", "Compare", "Overview"]) {
    await page.getByRole("link", { name: place, exact: true }).click();
    await isReady(page);
  }
  await page.locator(".banner").getByText("Postgres is away").waitFor();
  say("seen");
  await hear("back");
  await page.locator(".banner").waitFor({ state: "detached" });
  await page.locator(".live").getByText("before").waitFor();
  await assertNotReloaded(page);
  assert.deepEqual(wrong, []);
});
