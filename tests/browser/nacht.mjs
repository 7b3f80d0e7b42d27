// A night at the desk: a call comes in, a team goes, a logeerplek is claimed for it, and the night is handed over.
import assert from "node:assert/strict";
import { accessible, at, eventually, fits, somebody, story } from "./browser.mjs";

await story(async (browser) => {
  const desk = await somebody(browser, "dispatcher");
  const { page } = desk;
  await page.click("nav a[href='/nacht']");
  await accessible(page, "an empty night");
  assert.match(await page.textContent("main"), /Er is geen open melding/);
  assert.match(await page.textContent("main"), /Team Zuid/);

  // What may not be written is said, and nothing typed is lost.
  await page.fill("#tekst", "bel 111222333 terug");
  await page.selectOption("#urgentie", "hoog");
  await page.click("button[value=nieuw]");
  await eventually("no BSN", async () => /BSN/.test(await page.textContent("#melding")));
  assert.equal(await page.inputValue("#tekst"), "bel 111222333 terug");
  assert.equal(await page.inputValue("#urgentie"), "hoog");

  await page.fill("#tekst", "ruzie in een woning, kan daar vannacht niet blijven");
  await page.keyboard.press("Enter");
  const card = page.locator("article.urgent-hoog");
  await eventually("it is noted", async () => (await card.count()) === 1);
  assert.match(await card.textContent(), /ontvangen/);
  await accessible(page, "an open call");
  const step = async (button, status) => {
    await card.locator(`button[value=${button}]`).click();
    await eventually(status, async () => (await card.locator(".feiten").textContent()).includes(status));
  };
  await step("wijs-toe", "toegewezen: Team Zuid");
  // Somebody else looks on: what they do on an old page is not done, and what happens comes to them by itself.
  const other = await somebody(browser, "dispatcher");
  await other.page.goto(`${at}/nacht`);
  // For a moment their page hears nothing.
  await other.page.route("**/nacht", (route) => (route.request().method() === "GET" ? route.abort() : route.continue()));
  await step("onderweg", "onderweg: Team Zuid");
  const theirs = other.page.locator("article.urgent-hoog");
  await theirs.locator("button[value=onderweg]").click();
  await eventually("it is said", async () => /intussen veranderd/.test(await other.page.textContent("#melding")));
  await other.page.unroute("**/nacht");
  await other.page.fill("#tekst", "half getypt");
  await step("aangekomen", "aangekomen");
  await eventually("they see it", async () => (await theirs.locator(".feiten").textContent()).includes("aangekomen"));
  assert.equal(await other.page.inputValue("#tekst"), "half getypt", "and go on typing");
  other.quiet();
  assert.equal(await card.locator("select[name=claim]").count(), 0, "there is no claim to link to yet");

  await page.goto(`${at}/zoek`);
  await page.fill("#client", "c-77");
  await page.click("text=Claim de beste");
  await page.waitForSelector("#melding");
  await page.click("nav a[href='/nacht']");
  await card.locator("select[name=claim]").selectOption({ index: 1 });
  await card.locator("select[name=uitkomst]").selectOption("geen-gehoor");
  await card.locator("button[value=resultaat]").click();
  await eventually("one or the other", async () => /Kies één uitkomst/.test(await page.textContent("#melding")));
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, "the night with a claim on a phone");
  await page.setViewportSize({ width: 1280, height: 900 });
  await card.locator("select[name=claim]").selectOption({ index: 1 });
  await step("resultaat", "uitkomst bekend");
  await card.locator("button[value=sluit]").click();
  await eventually("it is closed", async () => (await card.count()) === 0);

  await page.fill("#opmerking", "sleutel ligt bij de balie");
  await page.click("button[value=opmerking]");
  await eventually("the remark", async () => /sleutel ligt bij de balie/.test(await page.textContent("main")));
  await page.fill("#medewerker", "c-1");
  await page.click("button[value=draag-over]");
  await eventually("it waits", async () => (await page.locator("button[value=neem-over]").count()) === 1);
  await accessible(page, "a night that waits");
  await page.fill("#medewerker", "c-1");
  await page.click("button[value=neem-over]");
  await eventually("not by oneself", async () => (await page.locator("#melding.utrecht-alert--error").count()) === 1);
  await page.fill("#medewerker", "c-2");
  await page.click("button[value=neem-over]");
  await eventually("it is taken over", async () => /De nacht is overgenomen/.test(await page.textContent("#melding")));

  await page.click("button[value=pauze] >> nth=0");
  await eventually("a break", async () => /pauze/.test(await page.textContent(".claim .staat")));
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, "the night on a phone");
  desk.quiet();
});
