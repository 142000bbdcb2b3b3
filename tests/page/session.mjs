// A session that begins, expires and begins anew: `node session.mjs URL PASSWORD`.

import assert from "node:assert/strict";
import { assertNotReloaded, barriers, inBrowser, isReady, keep, mark, openPage, visit } from "./visit.mjs";

const [url, password] = process.argv.slice(2);

await inBrowser("chromium", async (browser) => {
  const { context, page, wrong } = await openPage(browser, { reducedMotion: "reduce" });
  const logIn = async (attempt) => {
    await page.getByLabel("Password").fill(attempt);
    await page.getByRole("button", { name: "Log in" }).click();
  };
  await visit(page, `${url}/variable?name=balance`, "login");
  await mark(page);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await barriers(page), [], colorScheme);
    await keep(page, `login-${colorScheme}`);
  }
  await logIn("a guess");
  await page.getByText("This is not the password").waitFor();
  await logIn(password);
  await isReady(page);
  assert.match(await page.locator("h1").innerText(), /balance/);

  // One that has expired here, but not in the browser.
  const [cookie] = await context.cookies();
  const [, signature] = cookie.value.split(".");
  await context.addCookies([{ ...cookie, value: `1700000000.${signature}` }]);
  await page.getByRole("link", { name: "Compare" }).click();
  await isReady(page, "login");
  await logIn(password);
  await isReady(page);
  assert.equal(new URL(page.url()).pathname, "/compare");
  assert.match(await page.locator("h1").innerText(), /Which two traces/);
  await assertNotReloaded(page);
  assert.ok(wrong.every((line) => line.includes("401")), wrong.join());
});
