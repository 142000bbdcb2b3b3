// Screens for everybody: `node screens.mjs URL NAME=PATH...`. No barrier by WCAG 2.2 AA in light and dark, nothing wider
// than the window from 360 pixels to 4K, and each can be printed.

import assert from "node:assert/strict";
import { barriers, inBrowser, keep, openPage, overflow, visit } from "./visit.mjs";

const [url, ...screens] = process.argv.slice(2);
const [PHONE, DESK, WALL] = [{ width: 360, height: 740 }, { width: 1440, height: 900 }, { width: 3840, height: 2160 }];

await inBrowser("chromium", async (browser) => {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    const { page, wrong } = await openPage(browser, { colorScheme, reducedMotion: "reduce" });
    for (const screen of screens) {
      const [name] = screen.split("=", 1);
      const what = `${name}, ${colorScheme}`;
      await visit(page, url + screen.slice(name.length + 1));
      for (const size of [WALL, PHONE, DESK]) {
        await page.setViewportSize(size);
        await keep(page, `${name}-${colorScheme}-${size.width}`);
        const problems = [...await overflow(page), ...size === WALL ? [] : await barriers(page)];
        found.push(...problems.map((problem) => `${what}, ${size.width}: ${problem}`));
      }
      const printed = await page.pdf({ format: "A4" });
      assert.ok(printed.length > 5000, `${what}: ${printed.length} bytes printed`);
    }
    found.push(...wrong);
  }
  assert.deepEqual(found, []);
});
