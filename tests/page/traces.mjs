// Each trace opens in each of its views: `node traces.mjs URL ID...`.

import assert from "node:assert/strict";
import { inBrowser, isReady, keep, openPage, visit } from "./visit.mjs";

/** Those of SDKs are called so, and too many to keep pictures of. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const [url, ...ids] = process.argv.slice(2);

await inBrowser("chromium", async (browser) => {
  const { page, wrong } = await openPage(browser);
  for (const id of ids) {
    await visit(page, `${url}/traces/${encodeURIComponent(id)}`);
    for (const section of await page.locator("main section:visible, main article:visible").all()) {
      assert.ok((await section.innerText()).length > 0, `${id} has a part without words`);
    }
    if (!UUID.test(id)) await keep(page, `trace-${id.replaceAll(/[^\w-]/g, "_")}`);
    assert.deepEqual(wrong, [], id);
  }
  await page.goto(`${url}/traces/missing`);
  await isReady(page, "failed");
  assert.ok(wrong.every((line) => line.includes("404")), wrong.join());
});
