// The region, all day: what somebody does elsewhere is on the board by itself, the past can be asked, and a board that
// hears nothing says so. The map shows what the board shows, and how it works without a ground and by keyboard is tried here.
// A gemeente gets a slot of Housing First once the file `slot` is there; the pages are killed once `weg`
// is there and are back with `terug`; the services go once `stil` is there.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { accessible, at, eventually, fits, given, somebody, story } from "./browser.mjs";

const [folder] = given;

/** A square of the ground, one grey point. */
const SQUARE = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mOcOXPmfwAGbALU5WkGmgAAAABJRU5ErkJggg==", "base64");
const GROUND = "https://service.pdok.nl/**";

/** The map shows what the board shows, and works with the keyboard, without a ground, and with one. */
const theMap = async (desk, phone) => {
  const { page } = desk;
  const pins = page.locator("#kaart .speld[data-rij]");
  const opened = async () => { await page.locator("#kaart").scrollIntoViewIfNeeded(); await eventually("the markers", async () => (await pins.count()) === 1); };
  await opened();
  assert.equal(await pins.getAttribute("data-rij"), "r-opvang-nacht", "the only one that says where it is and may be shown");
  assert.equal(await page.locator("#bord tr:has-text('Vertrouwelijke locatie')").count(), 1, "it is on the board");
  assert.equal(await page.locator("#bord tr[data-lat]:has-text('Vertrouwelijke locatie')").count(), 0, "and nowhere on the map");
  assert.ok(!(await page.content()).includes("5.3"), "nor in the page");
  await eventually("a plain map says so", async () => /ondergrond van de kaart is er nu niet/.test(await page.textContent("#kaart-kaal")));
  assert.equal(await page.locator("#kaart img").count(), 0, "no broken picture");
  assert.deepEqual(await page.locator("#kaart .plaatsnaam").allTextContents(), ["Almere", "Dronten"]);
  await accessible(page, "a plain map");

  // With the keyboard: what it is called, what it tells, and back to where somebody was.
  assert.equal(await pins.textContent(), "1");
  assert.match(await pins.getAttribute("aria-label"), /^nacht, nachtopvang: 1 vrij, actueel/);
  assert.equal(await pins.getAttribute("role"), "button");
  await pins.focus();
  await page.keyboard.press("Enter");
  await eventually("the popup has the focus", async () => page.evaluate(() => document.activeElement.closest(".leaflet-popup") !== null));
  const said = (await page.textContent(".leaflet-popup .over")).replace(/\s+/g, " ");
  for (const part of ["nacht", "nachtopvang", "1 vrij", "actueel", "bevestigd", "036-1234567"]) assert.ok(said.includes(part), `${part}: ${said}`);
  assert.equal(await page.getAttribute(".leaflet-popup a", "href"), "tel:0361234567");
  await accessible(page, "a popup");
  await phone.page.click("#plek-k-1 button[value=vrij]");
  await eventually("the marker follows", async () => (await pins.textContent()) === "2" && (await page.textContent(".leaflet-popup .over")).includes("2 vrij"));
  await phone.page.click("#plek-k-1 button[value=bezet]");
  await eventually("and again", async () => (await pins.textContent()) === "1");
  await page.keyboard.press("Escape");
  await eventually("the focus is back", async () => page.evaluate(() => document.activeElement.dataset.rij === "r-opvang-nacht"));

  // With a ground, which the policy of this page allows and of no other.
  let asked = 0;
  await desk.context.route(GROUND, (route) => { asked += 1; return route.fulfill({ body: SQUARE, contentType: "image/png" }); });
  const answer = await page.reload();
  assert.match(answer.headers()["content-security-policy"], /img-src 'self' data: https:\/\/service\.pdok\.nl;/);
  await opened();
  await eventually("the ground", async () => (await page.locator("#kaart img.leaflet-tile-loaded").count()) > 0);
  assert.ok(asked > 0);
  assert.equal(await page.textContent("#kaart-kaal"), "");
  assert.match(await page.textContent(".leaflet-control-attribution"), /Kaartgegevens © Kadaster/);
  await accessible(page, "a map with a ground");
  const other = await desk.context.request.get(`${at}/regio/verloop`);
  assert.match(other.headers()["content-security-policy"], /img-src 'self' data: ;/);
  await desk.context.unroute(GROUND);
  await desk.context.route(GROUND, (route) => route.abort());

  // Without a script there is no map, and the table has everything.
  const bare = await somebody(desk.context.browser(), "beleid", { javaScriptEnabled: false });
  assert.equal(await bare.page.locator("#kaartdeel").isVisible(), false);
  assert.equal(await bare.page.textContent("#r-opvang-nacht .vrij"), "1");
  await page.evaluate(() => { window.same = true; });
};

await story(async (browser) => {
  const desk = await somebody(browser, "beleid");
  // What a test sees may not depend on the network.
  await desk.context.route(GROUND, (route) => route.abort());
  await desk.page.reload();
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

  await theMap(desk, phone);

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
  // Whoever leaves the page at once may take the tap along.
  await eventually("it is free", async () => (await phone.page.textContent("#plek-k-2 .staat")) === "vrij");
  await phone.page.goto(`${at}/locatie/opvang/inloop`);
  await phone.page.click("button[value=meer]");
  await eventually("the count", async () => (await desk.page.textContent("#r-opvang-inloop td[data-kop=Bezet]")) === "1");
  assert.equal(await desk.page.locator("#r-opvang-nacht").count(), 0);

  // Housing First by gemeente and stage, as its reports say; not where something else was asked for.
  assert.equal(await desk.page.locator("#slots").isVisible(), false);
  await desk.page.goto(`${at}/regio?soort=housing_first`);
  const almere = () => desk.page.textContent("#slots tr:has-text('Almere')");
  assert.equal(await almere(), "Almere303aangemeld 1");
  const slots = await (await desk.context.request.get(await desk.page.getAttribute("a[download]", "href").then((it) => at + it))).text();
  assert.match(slots, /;Housing First;3;.*;aangemeld 1\r\n/);
  writeFileSync(`${folder}/slot`, "");
  await eventually("one slot more", async () => (await almere()) === "Almere404aangemeld 1");
  await desk.page.goto(`${at}/regio?soort=dagopvang`);

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
  await eventually("with what is so now", async () => (await free()) === "1" || `${await free()} at ${desk.page.url()}: ${await desk.page.textContent("h1")}`);

  // The services behind the pages are gone: the board says that it hears nothing any more.
  assert.equal(await desk.page.locator(".levend.live").count(), 1);
  writeFileSync(`${folder}/stil`, "");
  await eventually("the board hears nothing", async () => (await desk.page.locator(".levend.oud").count()) === 1);
  desk.quiet();
  phone.quiet();
});
