// A dispatcher at night: finds, claims and gives back with the keyboard alone; two want the last place and one gets it.
import assert from "node:assert/strict";
import { accessible, at, eventually, fits, somebody, story } from "./browser.mjs";

await story(async (browser) => {
  const one = await somebody(browser, "dispatcher", { colorScheme: "dark" });
  const { page } = one;
  assert.equal(new URL(page.url()).pathname, "/zoek", "the night begins where a place is found");
  await accessible(page, "the empty form");

  // With the keyboard: from the top of the page to the age, to the client, and Enter.
  const to = async (selector) => {
    for (let tries = 0; tries < 60; tries += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((it) => document.activeElement?.matches(it), selector)) return;
    }
    assert.fail(`${selector} cannot be reached with Tab`);
  };
  await page.keyboard.press("Tab");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Naar de inhoud/);
  await page.keyboard.press("Enter");
  await to("#leeftijd");
  await page.keyboard.type("34");
  await to("#client");
  await page.keyboard.type("c-34");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#gevonden");
  await eventually("one is where the answer is", async () => page.evaluate(() => document.activeElement.id === "gevonden"));
  assert.match(await page.textContent(".plek"), /huis/);
  assert.match(await page.textContent(".plek .waarom"), /leeftijd|nachten|iedereen/i);
  const address = new URL(page.url());
  assert.equal(address.pathname + address.search, "/zoek", "what a client needs stands in no address");
  await accessible(page, "what was found");
  await to(".plek button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#melding");
  assert.match(await page.textContent("#melding"), /De plek is van uw cliënt/);
  await eventually("one is where it is said", async () => page.evaluate(() => document.activeElement.id === "melding"));
  assert.match(await page.textContent("#onderweg"), /c-34/);
  assert.deepEqual([await page.inputValue("#client"), await page.inputValue("#leeftijd")], ["", ""], "the next one is somebody else");
  await eventually("it counts down", async () => /nog \d+:\d\d/.test(await page.textContent(".rest")));
  await accessible(page, "a claim that runs");
  const before = await page.textContent("#onderweg time");
  await to("button[value=langer]");
  await page.keyboard.press("Enter");
  await eventually("it is held longer", async () => (await page.textContent("#onderweg time")) !== before);
  assert.equal(await page.locator("button[value=langer]").count(), 0, "once");

  // Two want the last place: both found it, one has it, and the other is told what there is now.
  const two = await somebody(browser, "dispatcher");
  for (const [who, client] of [[one, "c-1"], [two, "c-2"]]) {
    await who.page.fill("#leeftijd", "50");
    await who.page.fill("#client", client);
    await who.page.click("#vraag button >> nth=0");
    await who.page.waitForSelector("#gevonden");
    assert.equal(await who.page.locator("#gevonden ~ .plek button").count(), 1, "the last place");
  }
  await Promise.all([one, two].map((who) => who.page.click("#gevonden ~ .plek button")));
  await Promise.all([one, two].map((who) => who.page.waitForSelector("#melding")));
  const said = await Promise.all([one, two].map((who) => who.page.textContent("#melding")));
  assert.equal(said.filter((it) => it.includes("De plek is van uw cliënt")).length, 1, said.join(" / "));
  const late = said.findIndex((it) => it.includes("Iemand anders was eerder"));
  assert.notEqual(late, -1, said.join(" / "));
  assert.match(await [one, two][late].page.textContent("#gevonden"), /Er is geen vrije plek/);

  // Given back, it is there for the other.
  const winner = [one, two][1 - late].page;
  await winner.locator(".claim", { hasText: ["c-1", "c-2"][1 - late] }).locator("button[value=terug]").click();
  await eventually("it is given back", async () => /weer vrij/.test(await winner.textContent("#melding")));
  const other = [one, two][late].page;
  await other.click("text=Claim de beste");
  await eventually("the best", async () => /De plek is van uw cliënt/.test(await other.textContent("#melding")));

  // What becomes of a claim is seen by who looks on, also when they do nothing.
  await winner.goto(`${at}/zoek`);
  await winner.locator(".claim", { hasText: ["c-1", "c-2"][late] }).locator("button[value=terug]").click();
  await eventually("it is over", async () => /weer vrij/.test(await winner.textContent("#melding")));
  await eventually("it is said", async () => /deze claim is geannuleerd/.test(await other.textContent("#voorbij")));
  assert.equal(await other.locator(".claim", { hasText: ["c-1", "c-2"][late] }).count(), 0);

  // What is filled in wrongly is said, and nothing typed is lost.
  await other.fill("#client", ["c-1", "c-2"][late]);
  await other.fill("#leeftijd", "200");
  await other.click("#vraag button >> nth=0");
  await eventually("the mistake", async () => /Leeftijd/.test(await other.textContent("#melding")));
  assert.equal(await other.inputValue("#leeftijd"), "200");
  assert.equal(await other.inputValue("#client"), ["c-1", "c-2"][late]);
  await other.fill("#leeftijd", "34");
  await other.fill("#client", "111222333");
  await other.click("text=Claim de beste");
  await eventually("no BSN", async () => /Dat lukte niet/.test(await other.textContent("#melding")));

  await other.setViewportSize({ width: 360, height: 740 });
  await fits(other, "finding on a phone");
  await accessible(other, "finding on a phone");
  one.quiet();
  two.quiet();
});
