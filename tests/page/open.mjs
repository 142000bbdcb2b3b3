// A file that is chosen or dropped is shown and not stored: `node open.mjs URL FILE`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inBrowser, isReady, keep, openPage, visit } from "./visit.mjs";

const [url, file] = process.argv.slice(2);

await inBrowser("chromium", async (browser) => {
  const { page, wrong } = await openPage(browser);
  await visit(page, `${url}/open`);
  await page.setInputFiles("input[type=file]", file);
  await page.getByText("is not stored").waitFor();
  await isReady(page);
  await page.waitForSelector("article.why .facts");
  await keep(page, "opened");

  await visit(page, `${url}/`);
  await page.evaluate((text) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([text], "dropped.ndjson"));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
  }, readFileSync(file, "utf8"));
  await page.getByText("dropped.ndjson").waitFor();
  await isReady(page);
  assert.equal(new URL(page.url()).pathname, "/open");
  assert.deepEqual(wrong, []);

  await page.setInputFiles("input[type=file]", { name: "no-events.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await page.getByText("no-events.json can't be shown").waitFor();
  await isReady(page, "failed");
  const { data } = await (await fetch(`${url}/api/traces`)).json();
  assert.equal(data.total_traces, 0);
});
