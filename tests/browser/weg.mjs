// A service is killed while the page of a location is open, and comes back: a tap meanwhile is done once; while it stays
// away, that is said, and nothing that was typed is lost. The service is killed once the file `weg` is there, comes back by
// itself a moment later, is killed again once `weer` is there, and is back with `terug` once `op` is there.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { at, eventually, given, somebody, story } from "./browser.mjs";

const [folder] = given;
const asks = (name) => writeFileSync(`${folder}/${name}`, "");

await story(async (browser) => {
  const staff = await somebody(browser, "medewerker");
  const { page } = staff;
  await page.goto(`${at}/locatie/logeerplek/huis`);
  const takeOut = async (reason) => {
    await page.click("#buiten-kamer-1 summary");
    await page.fill("#reden-kamer-1", reason);
    await page.click("#buiten-kamer-1 button[value=buiten]");
  };
  asks("weg");
  await eventually("the service is gone", () => existsSync(`${folder}/is-weg`));
  await takeOut("lekkage");
  await eventually("the tap is done once the service is back", async () => (await page.textContent("#plek-kamer-1 .staat")) === "buiten gebruik");
  assert.match(await page.textContent("#gedaan"), /buiten gebruik/);
  await page.click("#plek-kamer-1 button[value=vrij]");
  await eventually("free again", async () => (await page.textContent("#plek-kamer-1 .staat")) === "vrij");

  asks("weer");
  await eventually("the service is gone again", () => existsSync(`${folder}/is-weer-weg`));
  await takeOut("kapotte kraan");
  await eventually("it is said that the service is away", async () => /dienst van de logeerplekken antwoordt niet/.test(await page.textContent("#fout")));
  await eventually("and that is where one looks", async () => (await page.evaluate(() => document.activeElement.id)) === "waarom-niet");
  assert.equal(await page.inputValue("#reden-kamer-1"), "kapotte kraan", "what was typed stays");
  asks("op");
  await eventually("the service is back", () => existsSync(`${folder}/is-terug`));
  await page.click("#buiten-kamer-1 button[value=buiten]");
  await eventually("it works again", async () => (await page.textContent("#plek-kamer-1 .staat")) === "buiten gebruik");
  assert.equal((await page.textContent("#fout")).trim(), "", "what went wrong before is not said any more");
});
