// From an empty store to why something races: `node first.mjs BROWSER URL`. The test starts a program when this waits.

import assert from "node:assert/strict";
import { assertNotReloaded, hear, inBrowser, isReady, keep, mark, openPage, say, visit } from "./visit.mjs";

/** From the start of the program, in ms. */
const LIMIT = 5000;

const [name, url] = process.argv.slice(2);

await inBrowser(name, async (browser) => {
  const { page, wrong } = await openPage(browser);
  await visit(page, `${url}/`);
  await page.getByText("Waiting for the first event").waitFor();
  await keep(page, `first-use-${name}`);
  await mark(page);
  say("waits");
  await hear("racing");
  const start = performance.now();
  await page.click(".verdict .why");
  await page.waitForSelector("article.why .facts");
  const took = performance.now() - start;
  await isReady(page);
  assert.match(await page.locator("article.why").innerText(), /total/, "the variable that races");
  await keep(page, `first-why-${name}`);
  await assertNotReloaded(page);
  assert.deepEqual(wrong, []);
  say(`took ${Math.round(took)}`);
  assert.ok(took < LIMIT, `${took} ms`);
});
