// A claim that a location refuses goes on to the next: whoever made it reads where it is now and whom to call, without
// asking; and an old page of the first location does not answer for the second.
import assert from "node:assert/strict";
import { accessible, at, eventually, somebody, story } from "./browser.mjs";

const PHONES = { een: "036-1111111", twee: "036-2222222" };

await story(async (browser) => {
  const { page } = await somebody(browser, "dispatcher");
  await page.goto(`${at}/zoek`);
  await page.fill("#client", "c-1");
  await page.click("text=Claim de beste");
  await page.waitForSelector("#melding.utrecht-alert--ok");
  const card = page.locator("article.claim");
  const first = (await card.locator("h3").textContent()).split(",")[0];
  const second = first === "een" ? "twee" : "een";
  assert.ok((await card.textContent()).includes(PHONES[first]));

  const [staff, old] = [await somebody(browser, "coordinator"), await somebody(browser, "coordinator")];
  for (const who of [staff, old]) {
    await who.page.goto(`${at}/locatie/logeerplek/${first}`);
    await who.page.waitForSelector("article.claim");
  }
  // This one hears nothing any more.
  await old.page.evaluate(() => window.dispatchEvent(new Event("pagehide")));
  await staff.page.click("article.claim summary");
  await staff.page.selectOption("select[name=waarom]", "past_niet");
  await staff.page.click("article.claim button[value=nee]");
  await eventually("it is refused", async () => (await staff.page.locator("article.claim").count()) === 0);

  await card.locator("button[value=terug]").focus();
  await eventually("it went on", async () => (await card.locator("h3").textContent()).startsWith(second));
  const text = await card.textContent();
  assert.ok(text.includes(PHONES[second]) && !text.includes(PHONES[first]), text);
  assert.ok((await card.getAttribute("aria-label")).startsWith(second));
  assert.match(text, /doorgegaan naar een andere locatie/);
  assert.equal(await page.locator("#melding").count(), 0, "what was said of the first is not so any more");
  assert.equal(await page.evaluate(() => document.activeElement.value), "terug", "whoever was there with the keyboard still is");
  await accessible(page, "a claim that went on");

  await old.page.click("article.claim button[value=ja]");
  await eventually("not for the second", async () => /hier niet meer/.test(await old.page.textContent("#gedaan")));
  await page.click("article.claim button[value=terug]");
  await eventually("given back from where it is", async () => (await page.textContent("#melding")).includes(second));
});
