// Shelter staff with a phone in one hand: one tap, taken back within ten seconds; another's change arrives while typing, and
// what was typed stays; people are counted; claims are answered.
import assert from "node:assert/strict";
import { accessible, at, eventually, fits, somebody, story } from "./browser.mjs";

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

await story(async (browser) => {
  const one = await somebody(browser, "medewerker", phone);
  const { page } = one;
  assert.equal(new URL(page.url()).pathname, "/locatie");
  await accessible(page, "the list of locations");
  await page.click("text=nacht");
  const state = (id, of = page) => of.textContent(`#plek-${id} .staat`);
  assert.equal(await state("k-1"), "vrij");
  await fits(page, "a location on a phone");
  await accessible(page, "a location");
  const small = await page.$$eval("main button, main summary", (all) => all.map((it) => it.getBoundingClientRect()).filter((it) => it.height && (it.height < 44 || it.width < 44)).length);
  assert.equal(small, 0, "every target is large enough for a thumb");

  await page.tap("#plek-k-1 button[value=bezet]");
  await eventually("occupied", async () => (await state("k-1")) === "bezet");
  await accessible(page, "just after a tap");
  await page.tap("#gedaan button");
  await eventually("taken back", async () => (await state("k-1")) === "vrij");

  // Two taps in a row are one.
  await page.$eval("#plek-k-1 button[value=bezet]", (button) => { button.click(); button.click(); });
  await eventually("occupied once", async () => (await state("k-1")) === "bezet");

  // Somebody else changes a place while I type: it arrives, and I lose nothing.
  const two = await somebody(browser, "medewerker", phone);
  await two.page.goto(`${at}/locatie/opvang/nacht`);
  assert.equal(await state("k-1", two.page), "bezet");
  await page.tap("#buiten-k-2 summary");
  await page.fill("#reden-k-2", "lekkage bij het ra");
  const changed = Date.now();
  await two.page.tap("#plek-k-1 button[value=vrij]");
  await eventually("the other's change", async () => (await state("k-1")) === "vrij");
  console.log(`tap to the other's screen: ${Date.now() - changed} ms`);
  assert.equal(await page.inputValue("#reden-k-2"), "lekkage bij het ra");
  await page.type("#reden-k-2", "am");
  await page.tap("#buiten-k-2 button");
  await eventually("out of service", async () => (await state("k-2")) === "buiten gebruik");
  assert.match(await page.textContent("#plek-k-2"), /lekkage bij het raam/);
  await page.tap("#plek-k-2 button[value=vrij]");
  await eventually("free again", async () => (await state("k-2")) === "vrij");
  await page.tap("#gedaan button");
  await eventually("out again, for the same reason", async () => /lekkage bij het raam/.test(await page.textContent("#plek-k-2")));

  // What somebody else did since is not taken back, and an old page without a script changes nothing back either.
  await page.tap("#plek-k-1 button[value=bezet]");
  await eventually("the other sees it", async () => (await state("k-1", two.page)) === "bezet");
  const old = await two.page.$eval("#plek-k-1 form:has(button[value=vrij])", (form) => new URLSearchParams(new FormData(form, form.querySelector("button"))).toString());
  await two.page.tap("#plek-k-1 button[value=vrij]");
  await eventually("free for both", async () => (await state("k-1", two.page)) === "vrij");
  await two.page.tap("#buiten-k-1 summary");
  await two.page.fill("#reden-k-1", "brandschade");
  await two.page.tap("#buiten-k-1 button");
  await eventually("the other's damage", async () => /brandschade/.test(await page.textContent("#plek-k-1")));
  await page.tap("#gedaan button");
  await eventually("it is not taken back", async () => /door iemand anders veranderd/.test(await page.textContent("#gedaan")));
  const late = await page.evaluate(async (body) => (await fetch(location.pathname, { method: "POST", body: new URLSearchParams(body) })).text(), old);
  assert.match(late, /door iemand anders veranderd/);
  assert.match(await page.textContent("#plek-k-1"), /brandschade/);
  // What I was typing about it can still be read.
  await page.tap("#plek-k-1 button[value=vrij]");
  await eventually("free for the other", async () => (await state("k-1", two.page)) === "vrij");
  await page.tap("#buiten-k-1 summary");
  await page.fill("#reden-k-1", "gootsteen verstopt");
  await two.page.tap("#plek-k-1 button[value=bezet]");
  await eventually("it is kept to read", async () => /gootsteen verstopt/.test(await page.textContent("#wachtrij")));
  await page.tap("#wachtrij button");
  await page.tap("#plek-k-1 button[value=vrij]");
  await eventually("free once more", async () => (await state("k-1")) === "vrij");

  // Names and numbers of people are refused, and said to be.
  await page.tap("#plek-k-2 button[value=vrij]");
  await eventually("free", async () => (await state("k-2")) === "vrij");
  await page.tap("#buiten-k-2 summary");
  await page.fill("#reden-k-2", "gesprek met 111222333");
  await page.tap("#buiten-k-2 button");
  await eventually("no BSN", async () => /BSN/.test(await page.textContent("#gedaan")));
  assert.equal(await page.inputValue("#reden-k-2"), "gesprek met 111222333", "nothing typed is lost");

  // Who waits is offered the place that comes free, and answers.
  for (const id of ["k-1", "k-2"]) {
    await page.tap(`#plek-${id} button[value=bezet]`);
    await eventually(`${id} occupied`, async () => (await state(id)) === "bezet");
  }
  await page.tap("#op-lijst summary");
  await page.fill("#wacht-client", "c-wacht");
  await page.tap("#op-lijst button");
  await eventually("on the list", async () => /c-wacht/.test(await page.textContent("#stand-van-nu")));
  await page.tap("#plek-k-1 button[value=vrij]");
  await eventually("offered", async () => (await page.locator("button[value=neemt]").count()) === 1);
  await accessible(page, "an offer");
  await page.tap("button[value=neemt]");
  await eventually("reserved", async () => (await state("k-1")) === "gereserveerd" && (await page.locator("button[value=neemt]").count()) === 0);
  await page.tap("#plek-k-1 button[value=binnen]");
  await eventually("in", async () => (await state("k-1")) === "bezet");

  // The stand is right: one tap.
  await page.tap("button[value=klopt]");
  await eventually("confirmed", async () => /bevestigd/.test(await page.textContent("#gedaan")));

  // People are counted.
  await page.goto(`${at}/locatie/opvang/inloop`);
  await accessible(page, "counting");
  const people = () => page.textContent(".teller strong");
  await page.tap("button[value=meer]");
  await eventually("one", async () => (await people()) === "1");
  await page.tap("button[value=meer]");
  await eventually("two", async () => (await people()) === "2");
  await page.tap("button[value=minder]");
  await eventually("one left", async () => (await people()) === "1");
  await page.tap("#gedaan button");
  await eventually("taken back", async () => (await people()) === "2");
  await page.fill("#aantal", "17");
  await page.tap("button[value=aantal]");
  await eventually("typed", async () => (await people()) === "17");

  // What still waits is sent before somebody signs out.
  const leaves = await somebody(browser, "medewerker");
  await leaves.page.goto(`${at}/locatie/opvang/inloop`);
  const before = Number(await leaves.page.textContent(".teller strong"));
  await leaves.page.evaluate(() => localStorage.setItem("onderdak-wacht", JSON.stringify([{ path: location.pathname, body: "wat=meer&opdracht=0190f3a1-c2d4-7b6e-8a1f-00112233aa22&nagekomen=1", place: "", what: "meer", who: document.querySelector("#inhoud").dataset.wie }])));
  await leaves.page.click("text=Afmelden");
  await leaves.page.waitForURL((url) => url.pathname === "/");
  const after = await somebody(browser, "medewerker");
  await after.page.goto(`${at}/locatie/opvang/inloop`);
  assert.equal(Number(await after.page.textContent(".teller strong")), before + 1);

  // A claim comes in, is answered, and the client arrives and leaves.
  const night = await somebody(browser, "dispatcher");
  await night.page.fill("#client", "c-9");
  await night.page.click("text=Claim de beste");
  await night.page.waitForSelector("#melding");
  await page.goto(`${at}/locatie/logeerplek/huis`);
  assert.match(await page.textContent(".claim"), /c-9/);
  await accessible(page, "a claim that comes in");
  await page.tap(".claim button[value=binnen]");
  await eventually("in", async () => (await page.locator(".kaart.bezet").count()) === 1);
  await page.tap(".kaart.bezet summary");
  await page.selectOption(".kaart.bezet select[name=waarheen]", "eigen_netwerk");
  await page.selectOption(".kaart.bezet select[name=voorkomen]", "ja");
  await page.tap(".kaart.bezet details button");
  await eventually("left", async () => (await page.locator(".kaart.bezet").count()) === 0);
  one.quiet();
  two.quiet();
});
