// Pictures of every page at 360 and 1280 pixels, for people to look at: node screens.mjs ADDRESS FOLDER [dark]. With `readme`:
// one small picture of each screen, as README shows them.
import { mkdir } from "node:fs/promises";
import { at, given, somebody, story } from "./browser.mjs";

const [folder, scheme] = given;
await mkdir(folder, { recursive: true });
if (scheme === "readme") {
  await story(async (browser) => {
    const of = async (role, viewport) => (await somebody(browser, role, { viewport })).page;
    const shot = async (page, name) => { await page.waitForTimeout(500); await page.screenshot({ path: `${folder}/${name}.png` }); };
    const desk = { width: 1280, height: 720 };
    const phone = await of("medewerker", { width: 360, height: 600 });
    await phone.goto(`${at}/locatie/opvang/nachtopvang-almere`); await shot(phone, "locatie");
    const night = await of("dispatcher", desk);
    await night.goto(`${at}/zoek`); await night.fill("#leeftijd", "34"); await night.fill("#client", "c-34"); await night.click("#vraag button"); await night.waitForSelector("#gevonden"); await night.evaluate(() => scrollTo(0, 0)); await shot(night, "zoek");
    await night.goto(`${at}/nacht`); await shot(night, "nacht");
    const region = await of("beleid", desk);
    await region.goto(`${at}/regio`); await shot(region, "regio");
    const boss = await of("beheerder", desk);
    await boss.goto(`${at}/beheer/rooster`); await shot(boss, "beheer");
  });
}
if (scheme !== "readme") await story(async (browser) => {
  for (const width of [360, 1280]) {
    const { page, context } = await somebody(browser, "coordinator", { viewport: { width, height: width === 360 ? 780 : 900 }, colorScheme: scheme === "dark" ? "dark" : "light" });
    const shot = async (name) => { await page.waitForTimeout(300); await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true }); };
    await page.goto(at); await shot("publiek");
    await page.goto(`${at}/regio`); await page.locator("#kaart").scrollIntoViewIfNeeded(); await page.waitForSelector("#kaart .speld"); await shot("regio");
    await page.goto(`${at}/regio/verloop`); await shot("verloop");
    await page.goto(`${at}/zoek`); await page.fill("#leeftijd", "34"); await page.fill("#client", "c-34"); await page.click("#vraag button"); await page.waitForSelector("#gevonden"); await shot("zoek");
    await page.goto(`${at}/nacht`); await page.fill("#tekst", "ruzie in een woning"); await page.click("button[value=nieuw]"); await page.waitForSelector("article.claim[id]"); await shot("nacht");
    const boss = await somebody(browser, "beheerder", { viewport: { width, height: 900 }, colorScheme: scheme === "dark" ? "dark" : "light" });
    for (const path of ["", "/locaties", "/locaties/opvang/nachtopvang-almere", "/capaciteit", "/rooster", "/logboek"]) {
      await boss.page.goto(`${at}/beheer${path}`); await boss.page.screenshot({ path: `${folder}/beheer${path.replaceAll("/", "-")}-${width}.png`, fullPage: true });
    }
    await boss.context.close();
    await page.goto(`${at}/locatie`); await shot("locaties");
    for (const path of await page.$$eval(".keuzes a", (links) => links.map((it) => it.getAttribute("href")))) {
      if (!/dagopvang|inloop|nachtopvang|logeerplek-almere/.test(path)) continue;
      await page.goto(at + path); await shot(`locatie-${path.split("/").pop()}`);
    }
    await context.close();
    const outside = await browser.newContext({ viewport: { width, height: 780 } });
    const door = await outside.newPage();
    await door.goto(`${at}/aanmelden`); await door.screenshot({ path: `${folder}/aanmelden-${width}.png`, fullPage: true });
    await outside.close();
  }
});
