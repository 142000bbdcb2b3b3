// What the first view takes: `node figures.mjs URL`. Bytes as transferred, and time until traces are listed: what is found
// in them may take longer.

import assert from "node:assert/strict";
import { inBrowser, openPage, say, visit } from "./visit.mjs";

const [url] = process.argv.slice(2);
const [MAX_BYTES, MAX_MS] = [300_000, 1000];

await inBrowser("chromium", async (browser) => {
  const { page, wrong } = await openPage(browser);
  await page.addInitScript(() => {
    const look = () => {
      if (document.querySelector(".live li")) globalThis.shownAt = performance.now();
      else requestAnimationFrame(look);
    };
    look();
  });
  await visit(page, `${url}/`);
  const [bytes, ms] = await page.evaluate(() => {
    const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return [entries.reduce((sum, { transferSize }) => sum + transferSize, 0), globalThis.shownAt];
  });
  say(`first view ${bytes} bytes, ${Math.round(ms)} ms`);
  assert.ok(bytes > 10_000 && bytes <= MAX_BYTES, `${bytes} bytes`);
  assert.ok(ms <= MAX_MS, `${ms} ms`);
  assert.deepEqual(wrong, []);
});
