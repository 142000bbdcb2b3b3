// A trace of a million events or so stays usable: `node long.mjs URL TRACE PICTURE_MS`: how long the first
// picture may take, with the sidecar's part of it. Says the figures.

import assert from "node:assert/strict";
import { inBrowser, keep, openPage, say } from "./visit.mjs";

const [url, trace, limit] = process.argv.slice(2);
/** What the page itself may take of the first picture, for a step, and of memory. */
const [MAX_OWN_MS, MAX_STEP_MS, MAX_BROWSER_MB] = [1500, 100, 300];
/** Turns between answers, which the page asks for when it has come to rest. */
const STEPS = 3;

/** Turns the wheel over the diagram and waits until what it shows has been painted: ms of each turn. */
function turns(page, count, deltaY) {
  return page.evaluate(async ([count, deltaY]) => {
    const painted = () => new Promise((done) => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = done;
      port2.postMessage(null);
    }));
    const times = [];
    for (let turn = 0; turn < count; turn += 1) {
      await painted();
      const plot = document.querySelector(".plot");
      const { left, width, top } = plot.getBoundingClientRect();
      const start = performance.now();
      plot.dispatchEvent(new WheelEvent("wheel", { deltaY, ctrlKey: true, clientX: left + width * 0.4, clientY: top + 10, bubbles: true, cancelable: true }));
      await painted();
      times.push(performance.now() - start);
    }
    return times;
  }, [count, deltaY]);
}

/** Zooms until the diagram says this: ms of each turn. */
async function zoomUntil(page, text, deltaY) {
  const times = [];
  const state = page.locator(".extent");
  while (!(await state.textContent()).includes(text)) {
    assert.ok(times.length < 60, `${await state.textContent()} after ${times.length} turns`);
    times.push(...await turns(page, STEPS, deltaY));
    await state.and(page.locator("[data-waiting=no]")).waitFor();
  }
  return times;
}

/** The middle and the highest of some times, in ms. */
function figures(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return [sorted[sorted.length >> 1], sorted.at(-1)].map(Math.round);
}

/** Memory that the page's process has in use, in MB: its own heap and what it draws with. */
async function memory(page) {
  const client = await page.context().newCDPSession(page);
  const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await client.send("Runtime.getHeapUsage");
  return Math.round((usedSize + embedderHeapUsedSize + backingStorageSize) / 1e6);
}

await inBrowser("chromium", async (browser) => {
  const { page, wrong } = await openPage(browser);
  const start = Date.now();
  await page.goto(`${url}/traces/${encodeURIComponent(trace)}`);
  await page.waitForSelector(".plot canvas");
  const picture = Date.now() - start;
  const answer = await page.evaluate(() => {
    const [{ duration }] = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/graph"));
    return Math.round(duration);
  });
  await page.locator(".extent").getByText("by density").waitFor();
  await keep(page, "trace-long");
  const zoomIn = figures(await zoomUntil(page, "analysed by themselves", -100));
  await page.locator("#spacetime .lane-head").first().waitFor();
  await keep(page, "trace-long-window");
  const zoomOut = figures(await zoomUntil(page, "by density", 100));
  const used = await memory(page);
  say(`first picture ${picture} ms, of which the sidecar took ${answer} ms, zoom in ${zoomIn.join(" to ")} ms, out ${zoomOut.join(" to ")} ms, ${used} MB`);
  assert.ok(picture <= Number(limit), `first picture after ${picture} ms`);
  assert.ok(picture - answer <= MAX_OWN_MS, `the page took ${picture - answer} ms`);
  assert.ok(zoomIn[0] <= MAX_STEP_MS && zoomOut[0] <= MAX_STEP_MS, "a step of zoom");
  assert.ok(used <= MAX_BROWSER_MB, `${used} MB`);
  assert.deepEqual(wrong, []);
});
