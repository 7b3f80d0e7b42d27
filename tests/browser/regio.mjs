// The region, all day: what somebody does elsewhere is on the board by itself, the past can be asked, and a board that
// hears nothing says so. The pages are killed once the file `weg`
// is there and are back with `terug`; the services go once `stil` is there.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { accessible, at, eventually, fits, given, somebody, story } from "./browser.mjs";

const [folder] = given;

await story(async (browser) => {
  const desk = await somebody(browser, "beleid");
  assert.equal(new URL(desk.page.url()).pathname, "/regio", "whoever makes policy begins at the board");
  const free = () => desk.page.textContent("#r-opvang-nacht .vrij");
  assert.equal(await free(), "2");
  assert.equal(await desk.page.textContent("#som tr:has-text('achtopvang') .vrij"), "2");
  await accessible(desk.page, "the board");
  await desk.page.evaluate(() => { window.same = true; });

  const phone = await somebody(browser, "medewerker", { viewport: { width: 360, height: 740 } });
  await phone.page.goto(`${at}/locatie/opvang/nacht`);
  await phone.page.click("#plek-k-1 button[value=bezet]");
  const tapped = Date.now();
  await eventually("the tap on the board", async () => (await free()) === "1");
  console.log(`tap to board: ${Date.now() - tapped} ms`);
  await eventually("the sum follows", async () => (await desk.page.textContent("#som tr:has-text('achtopvang') .vrij")) === "1");
  assert.equal(await desk.page.evaluate(() => window.same), true, "nothing was loaded again");

  // Another place is set while nobody looks at the board; it catches up when it is seen again.
  await desk.page.evaluate(() => { Object.defineProperty(document, "hidden", { configurable: true, get: () => true }); document.dispatchEvent(new Event("visibilitychange")); });
  await phone.page.click("#plek-k-2 button[value=bezet]");
  await eventually("the second tap", async () => (await phone.page.textContent("#plek-k-2 .staat")) === "bezet");
  await desk.page.evaluate(() => { delete document.hidden; document.dispatchEvent(new Event("visibilitychange")); });
  await eventually("what was missed", async () => (await free()) === "0");

  // What is filtered stays filtered.
  await desk.page.selectOption("select[name=soort]", "dagopvang");
  await desk.page.click(".filter button");
  assert.equal(await desk.page.locator("#r-opvang-nacht").count(), 0);
  assert.equal(await desk.page.locator("#r-opvang-inloop").count(), 1);
  await phone.page.click("#plek-k-2 button[value=vrij]");
  await phone.page.goto(`${at}/locatie/opvang/inloop`);
  await phone.page.click("button[value=meer]");
  await eventually("the count", async () => (await desk.page.textContent("#r-opvang-inloop td[data-kop=Bezet]")) === "1");
  assert.equal(await desk.page.locator("#r-opvang-nacht").count(), 0);

  // The same as a file, and only that.
  const file = await (await desk.context.request.get(await desk.page.getAttribute("a[download]", "href").then((it) => at + it))).text();
  assert.match(file, /^\uFEFFGemeente;Locatie;Soort;Vrij/);
  assert.ok(file.includes(";inloop;dagopvang;19;") && !file.includes("nacht;nachtopvang"), file);

  // An instant in the past is how it was then, and stays so.
  await desk.page.goto(`${at}/regio?op=2020-01-01T03:00`);
  assert.match(await desk.page.textContent(".levend"), /Zo was het op 01-01-2020 03:00/);
  assert.equal(await desk.page.locator("tr.rij").count(), 0);
  assert.equal(await desk.page.locator("[data-stroom]").count(), 0);
  await desk.page.click("text=Terug naar nu");
  await desk.page.goto(`${at}/regio?op=gisteren`);
  assert.match(await desk.page.textContent("main"), /Dat moment begrijpen we niet/);

  for (const width of [320, 360, 768, 1920]) {
    await desk.page.setViewportSize({ width, height: 800 });
    await desk.page.goto(`${at}/regio`);
    await fits(desk.page, `the board at ${width}`);
  }

  // Killed: the board says that it is old. Started again: it goes on by itself, with what is so then.
  await desk.page.evaluate(() => { window.same = true; });
  writeFileSync(`${folder}/weg`, "");
  await eventually("the board says it is old", async () => (await desk.page.locator("#verbinding").count()) === 1);
  await accessible(desk.page, "a board without a connection");
  await eventually("the suite is back", async () => existsSync(`${folder}/terug`));
  await eventually("the board goes on", async () => (await desk.page.locator("#verbinding").count()) === 0);
  await eventually("with what is so now", async () => (await free()) === "1");

  // The services behind the pages are gone: the board says that it hears nothing any more.
  assert.equal(await desk.page.locator(".levend.live").count(), 1);
  writeFileSync(`${folder}/stil`, "");
  await eventually("the board hears nothing", async () => (await desk.page.locator(".levend.oud").count()) === 1);
  desk.quiet();
  phone.quiet();
});
