// No connection: taps wait on the device, survive a reload, and are sent in order once there is one; what somebody else
// changed meanwhile is not changed back, and that is said. Of a confidential kind nothing is kept. The pages are killed once
// the file `weg` is there; then somebody else changes a place, and with `terug` the pages are back.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { accessible, at, eventually, given, somebody, story } from "./browser.mjs";

const [folder, secret] = given;

await story(async (browser) => {
  const one = await somebody(browser, "medewerker", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const { page } = one;
  const state = (id) => page.textContent(`#plek-${id} .staat`);
  assert.ok(!(await page.textContent("main")).includes(secret), "a confidential location is not for everybody");
  assert.equal((await page.goto(`${at}/locatie/opvang/${secret}`)).status(), 403);
  await page.goto(`${at}/locatie/opvang/nacht`);
  await eventually("the service worker", async () => page.evaluate(() => Boolean(navigator.serviceWorker.controller)));
  // The page that one signed in to is kept, with what it is made of.
  const kept = () => page.evaluate(async () => (await (await caches.open("onderdak-1")).keys()).map((it) => new URL(it.url).pathname));
  await eventually("it is kept", async () => (await kept()).includes("/locatie/opvang/nacht"));
  await eventually("and how it looks", async () => (await kept()).some((it) => it.endsWith(".css")) && (await kept()).some((it) => it.endsWith(".js")));

  // For who may see one, nothing of it is kept.
  const other = await somebody(browser, "coordinator");
  await other.page.goto(`${at}/locatie/opvang/nacht`);
  await eventually("their service worker", async () => other.page.evaluate(() => Boolean(navigator.serviceWorker.controller)));
  await other.page.goto(`${at}/locatie`);
  await other.page.click(`text=${secret}`);
  await other.page.waitForSelector("form.klopt");
  assert.equal(await other.page.locator("form[data-wacht]").count(), 0, "nothing of a confidential kind waits on a device");
  await other.page.reload();
  const theirs = await other.page.evaluate(async () => (await (await caches.open("onderdak-1")).keys()).map((it) => it.url));
  assert.ok(!theirs.some((it) => it.includes(secret)), theirs.join(" "));

  // It is live all the same: what somebody else counts there is seen.
  const third = await somebody(browser, "coordinator");
  await third.page.goto(other.page.url());
  await third.page.fill("#aantal", "7");
  await third.page.press("#aantal", "Enter");
  await eventually("seven are in", async () => (await other.page.textContent(".teller strong")) === "7");

  // Where people are counted, one more and one more is two.
  const counter = await somebody(browser, "medewerker");
  await counter.page.goto(`${at}/locatie/opvang/inloop`);
  await counter.page.fill("#aantal", "10");
  await counter.page.press("#aantal", "Enter");
  await eventually("ten are in", async () => (await counter.page.textContent(".teller strong")) === "10");

  writeFileSync(`${folder}/weg`, "");
  await eventually("no connection for the count", async () => (await counter.page.locator("#verbinding").count()) === 1);
  // What cannot wait is not done, and that is said where it was tapped.
  await third.page.click("button[value=meer]");
  await eventually("it is said", async () => /zonder verbinding/.test(await third.page.textContent(".tellen")));
  // A tap that waits and was a mistake is not sent.
  await counter.page.click("button[value=minder]");
  await eventually("one less waits", async () => (await counter.page.textContent(".teller")).includes("−1 "));
  await counter.page.click(".teller .wacht button");
  assert.equal(await counter.page.locator(".teller .wacht").count(), 0);
  // A number that was typed wrong is typed again; and what one does oneself is no change of somebody else.
  for (const number of ["20", "10"]) {
    await counter.page.fill("#aantal", number);
    await counter.page.press("#aantal", "Enter");
    await eventually(`${number} waits`, async () => (await counter.page.textContent(".teller .wacht")).includes(`${number} wacht`));
    assert.equal(await counter.page.inputValue("#aantal"), "");
  }
  for (const many of [1, 2, 3]) {
    await counter.page.click("button[value=meer]");
    await eventually(`${many} more wait`, async () => (await counter.page.textContent(".teller")).includes(`10 +${many} `));
  }
  await counter.page.click("form.klopt button");
  await eventually("that it is right waits too", async () => (await counter.page.locator(".klopt .wacht button").count()) === 1);
  await counter.page.click("text=Afmelden");
  await eventually("without a connection nobody signs out", async () => /niet zonder verbinding/.test(await counter.page.textContent("#wacht-afmelden")));
  await eventually("no connection", async () => (await page.locator("#verbinding").count()) === 1);
  await page.tap("#plek-k-1 button[value=bezet]");
  await eventually("the first waits", async () => (await page.locator("#plek-k-1 .wacht").count()) === 1);
  await page.tap("#plek-k-2 button[value=bezet]");
  await eventually("two wait", async () => /2 veranderingen wachten/.test(await page.textContent("#wachtrij")));
  assert.equal(await state("k-1"), "vrij", "what is not known to be so is not shown as so");
  await accessible(page, "without a connection");
  await page.tap("#plek-k-2 .wacht button");
  await eventually("one is taken back", async () => /1 verandering wacht/.test(await page.textContent("#wachtrij")));
  assert.ok(await page.evaluate(() => document.activeElement.closest("#plek-k-2 button")), "and one is still at that place");
  assert.equal(await page.locator("#plek-k-1 .wacht").count(), 1);
  await page.tap("#plek-k-2 button[value=bezet]");
  await eventually("two wait again", async () => /2 veranderingen wachten/.test(await page.textContent("#wachtrij")));
  await page.reload();
  await eventually("they are there after a reload", async () => /2 veranderingen wachten/.test(await page.textContent("#wachtrij")));
  assert.equal(await page.locator("#plek-k-2 .wacht").count(), 1);

  writeFileSync(`${folder}/gewacht`, "");
  await eventually("the pages are back", async () => existsSync(`${folder}/terug`));
  await eventually("thirteen are in", async () => (await counter.page.textContent(".teller strong")) === "13");
  await eventually("all of it is done", async () => (await counter.page.evaluate(() => localStorage.getItem("onderdak-wacht"))) === null);
  assert.doesNotMatch(await counter.page.textContent("#wachtrij"), /intussen/, "nobody else changed it");
  await eventually("the first is sent", async () => (await state("k-1")) === "bezet");
  await eventually("nothing waits", async () => !/wacht/.test(await page.textContent("#wachtrij")));
  assert.match(await page.textContent("#wachtrij"), /door iemand anders veranderd/);
  await eventually("and is not changed back", async () => (await state("k-2")) === "buiten gebruik");
  await accessible(page, "after a change of somebody else");
  await page.tap("#wachtrij button");
  assert.equal(await page.locator("#wachtrij p").count(), 0);
  // What somebody else tapped on this device is not sent by me.
  await page.evaluate(() => localStorage.setItem("onderdak-wacht", JSON.stringify([{ path: location.pathname, body: "wat=bezet&plek=k-2&nagekomen=1", place: "k-2", what: "bezet", who: "iemand anders" }])));
  await page.reload();
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await page.tap("form.klopt button");
  await eventually("it waits for them", async () => /van iemand anders/.test(await page.textContent("#wachtrij")));
  assert.equal(await page.evaluate(() => JSON.parse(localStorage.getItem("onderdak-wacht")).length), 1);
  assert.ok(!/wacht op verbinding/.test(await page.textContent("#plek-k-2")), "it is not mine");
  await page.click("text=Afmelden");
  await page.waitForURL((url) => url.pathname === "/");
  const left = await page.evaluate(async () => {
    const caught = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((it) => new URL(it.url).pathname)));
    // A file of everybody, such as the picture of the first page, may be kept again at once.
    return [...Object.keys(localStorage), ...caught.flat().filter((it) => !it.startsWith("/a/"))];
  });
  assert.deepEqual(left, [], "whoever signs out leaves nothing on the device");
});
