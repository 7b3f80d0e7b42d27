// Setting up, as a beheerder does it, and what of it a coordinator may: locations and places, the winteropvang, slots, the
// roster of a week, the people of the demonstration, and who did what. It must not rely on words that only help.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { accessible, at, chooses, eventually, fits, given, somebody, story } from "./browser.mjs";

const HOSTILE = "<img src=x onerror=document.title='raak'>";
const [folder] = given;

await story(async (browser) => {
  const boss = await somebody(browser, "beheerder");
  const { page } = boss;
  const said = async (part) => eventually(part, async () => (await page.textContent("#melding"))?.includes(part) || page.textContent("#melding"));
  const looked = async (what) => {
    await accessible(page, what);
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      await fits(page, `${what} at ${width}`);
      if (folder) await page.screenshot({ path: `${folder}/beheer-${what}-${width}.png`, fullPage: true });
    }
  };

  // A new location, with a refusal on the way: what was typed stays.
  await page.goto(`${at}/beheer`);
  await looked("begin");
  await page.click('a[href="/beheer/locaties"]');
  await page.click("#nieuw > summary");
  await page.fill("#code", "Nieuw Huis");
  await page.selectOption("#soort", "logeerplek");
  await page.fill("#naam", HOSTILE);
  await page.fill("#aanbieder", "Kwintes");
  await page.fill("#plaats", "52.37, 5.22");
  await page.fill("#opname", "ma-vr 09:00-17:00\nza 10:00-12:00");
  await page.check('input[name=doelgroep][value="3"]');
  await page.click("button[value=nieuw]");
  await page.waitForSelector("#melding");
  assert.equal(await page.inputValue("#naam"), HOSTILE);
  assert.equal(await page.isChecked('input[name=doelgroep][value="3"]'), true);
  await looked("locaties");
  await page.fill("#code", "nieuw-huis");
  await page.click("button[value=nieuw]");
  await page.waitForURL("**/beheer/locaties/logeerplek/nieuw-huis");
  assert.equal(await page.textContent("h1"), HOSTILE);
  assert.equal(await page.inputValue("#opname"), "ma-vr 09:00-17:00\nza 10:00-12:00");
  assert.equal(await page.isChecked('input[name=doelgroep][value="3"]'), true);

  // Its places.
  await page.fill("#plek", "kamer-1");
  await page.fill("#plek-naam", "Kamer 1");
  await page.fill("#plek-soort", "kasteel");
  await page.click("button[value=erbij]");
  await page.waitForSelector(".utrecht-alert--error");
  assert.equal(await page.inputValue("#plek-naam"), "Kamer 1");
  await page.fill("#plek-soort", "ambulant");
  await page.click("button[value=erbij]");
  await page.waitForSelector('a[href$="/nieuw-huis/kamer-1"]');
  await page.fill("#naam", "Nieuw huis");
  await page.click("button[value=wijzig]");
  await eventually("the new name", async () => (await page.textContent("h1")).trim() === "Nieuw huis");
  await looked("locatie");

  // Somebody else saves the same location while this page is open: nothing of theirs is lost, nor what was typed here.
  const other = await somebody(browser, "beheerder");
  await other.page.goto(`${at}/beheer/locaties/logeerplek/nieuw-huis`);
  await other.page.fill("#telefoon", "000-000 00 99");
  await other.page.click("button[value=wijzig]");
  await other.page.waitForSelector(".utrecht-alert--ok");
  await page.fill("#naam", "Nog nieuwer huis");
  await page.click("button[value=wijzig]");
  await page.waitForSelector(".utrecht-alert--error");
  assert.equal(await page.inputValue("#naam"), "Nog nieuwer huis");
  await page.reload();
  assert.equal(await page.inputValue("#telefoon"), "000-000 00 99");
  assert.equal(await page.inputValue("#naam"), "Nieuw huis");
  await other.context.close();
  await page.click('a[href$="/nieuw-huis/kamer-1"]');
  await page.fill("#vanaf", "18");
  await page.check("input[name=rolstoel]");
  await page.click("button[value=wijzig]");
  await page.waitForSelector(".utrecht-alert--ok");
  await page.reload();
  assert.equal(await page.inputValue("#vanaf"), "18");
  assert.equal(await page.isChecked("input[name=rolstoel]"), true);
  await looked("plek");
  await page.click("details summary");
  await page.click("button[value=weg]");
  await page.waitForURL("**/beheer/locaties/logeerplek/nieuw-huis");
  assert.equal(await page.locator('a[href$="/kamer-1"]').count(), 0);

  // A shelter: a plan that takes effect by itself, and taking it back.
  await page.goto(`${at}/beheer/locaties/opvang/nacht`);
  const tomorrow = new Date(Date.now() + 36 * 3600e3).toISOString().slice(0, 10);
  await page.click("#nieuw-plan > summary");
  await page.fill("#plan-op", tomorrow);
  await page.fill("#plan-plek", "k-9");
  await page.fill("#plan-soort", "bed");
  await page.click("button[value=plan]");
  await page.waitForSelector("text=k-9");
  await page.click("button[value=plan-weg]");
  await eventually("the plan is gone", async () => (await page.locator("button[value=plan-weg]").count()) === 0);
  await page.goto(`${at}/beheer/locaties/opvang/inloop`);
  await page.fill("input[name=plekken]", "25");
  await page.click("button[value=capaciteit]");
  await page.waitForSelector(".utrecht-alert--ok");
  assert.equal(await page.inputValue("input[name=plekken]"), "25");

  // Winteropvang, and the slots of Housing First.
  await page.goto(`${at}/beheer/locaties`);
  await page.click("#nieuw > summary");
  await page.fill("#code", "winter");
  await page.selectOption("#soort", "winteropvang");
  await page.fill("#naam", "Sporthal");
  await page.fill("#aanbieder", "Kwintes");
  await page.check("input[name=telt-mensen]");
  await page.click("button[value=nieuw]");
  await page.waitForURL("**/opvang/winter");
  await page.goto(`${at}/beheer/capaciteit`);
  await page.fill('input[name="plekken-winter"]', "30");
  await page.click("button[value=open]");
  await page.waitForSelector("button[value=dicht]");
  // How many are in is not known before somebody counted.
  await page.goto(`${at}/locatie/opvang/winter`);
  await page.fill("#aantal", "3");
  await page.click("button[value=aantal]");
  await page.waitForSelector("text=/ 30");
  await page.goto(`${at}/beheer/capaciteit`);
  await eventually("so many may come", async () => (await page.inputValue('input[name="plekken-winter"]')) === "30");
  const set = page.locator("tr", { hasText: "Almere" });
  await set.locator("input[name=plekken]").fill("12");
  await set.locator("button[value=zet]").click();
  await said("gezet");
  await set.locator("input[name=plekken]").fill("999");
  await set.locator("button[value=zet]").click();
  await page.waitForSelector(".utrecht-alert--error");
  assert.equal(await set.locator("input[name=plekken]").inputValue(), "999", "what was typed stays");
  await page.selectOption("#van", { label: "Almere" });
  await page.selectOption("#naar", { label: "Dronten" });
  await page.fill("#hoeveel", "2");
  await page.click("button[value=verplaats]");
  await said("verplaatst");
  await eventually("two moved", async () => (await page.locator("tr", { hasText: "Almere" }).locator("input[name=plekken]").inputValue()) === "10");
  await looked("capaciteit");
  await page.click("button[value=dicht]");
  await eventually("closed", async () => (await page.locator("button[value=dicht]").count()) === 0);

  // A week of the roster: three nights, somebody on one, a rule that stops and is overridden with a reason, sick.
  await page.goto(`${at}/beheer/rooster`);
  await page.click('nav a[href*="week="] >> nth=1');
  await page.click("#nieuw > summary");
  await page.fill("#team", "Team Proef");
  await page.locator("#nieuw").getByLabel("Almere").check();
  await page.fill("#keer", "3");
  await page.fill("#van", "23:00");
  await page.fill("#tot", "07:00");
  await page.fill("#medewerkers", "1");
  await page.click("button[value=nieuw]");
  await eventually("three nights", async () => (await page.locator(".dienst").count()) === 3);
  const first = page.locator(".dienst").first();
  const puts = async (who) => {
    await first.locator("summary").first().click();
    await first.locator("input[name=medewerker]").last().fill(who);
    await first.locator("button[value=erop]").click();
  };
  // A code that nobody has may be a slip of the pen: it does not count as cover by itself.
  await puts("st-1");
  await page.waitForSelector(".utrecht-alert--error");
  assert.match(await page.textContent(".utrecht-alert--error"), /op geen enkele dienst: st-1/);
  assert.ok((await first.getAttribute("class")).includes("tekort"));
  await first.locator("input[name=nieuw]").check();
  const asked = await page.getAttribute("#nieuws", "hx-get");
  await first.locator("button[value=erop]").click();
  await said("op de dienst");
  await eventually("they are on it", async () => (await first.textContent()).includes("st-1"));
  await eventually("nobody is missing", async () => !(await first.getAttribute("class")).includes("tekort"));
  await looked("rooster");
  await first.locator("button[value=eraf]").click();
  await eventually("they are off it", async () => (await first.getAttribute("class")).includes("tekort"));
  await page.getByRole("button", { name: "Ongedaan maken" }).click();
  await eventually("on it again", async () => (await first.textContent()).includes("st-1"));
  // Whoever has the week before them hears that somebody changed it; the same week says nothing.
  const hears = (url) => page.evaluate((url) => htmx.ajax("GET", url, { target: "#nieuws", select: "#nieuws", swap: "morph:outerHTML" }), url);
  const now = await page.getAttribute("#nieuws", "hx-get");
  await hears(now);
  assert.equal(await page.locator("#nieuws p").count(), 0);
  await hears(asked);
  await eventually("it says so", async () => (await page.locator("#nieuws p").count()) === 1);
  // One gemeente, for who plans only that.
  await page.selectOption("#alleen", { label: "Dronten" });
  await page.click("form.kiezen button");
  await eventually("nothing in Dronten", async () => (await page.locator(".dienst").count()) === 0);
  await page.selectOption("#alleen", { label: "Almere" });
  await page.click("form.kiezen button");
  await eventually("three nights in Almere", async () => (await page.locator(".dienst").count()) === 3);
  await page.click("#ziek > summary");
  await page.fill("#wie-ziek", "st-1");
  const weeks = new Date(Date.now() + 20 * 24 * 3600e3).toISOString().slice(0, 10);
  await page.fill("#tot-en-met", weeks);
  await page.click("button[value=ziek]");
  await said("1");
  await eventually("somebody is needed", async () => (await first.getAttribute("class")).includes("tekort"));
  await first.locator("details").nth(1).locator("summary").click();
  await first.locator("input[name=waarom]").fill("niet nodig");
  await first.locator("button[value=annuleer]").click();
  await eventually("cancelled", async () => (await first.getAttribute("class")).includes("vervallen"));

  // Who did what, and as a file; a formula stays text.
  await page.goto(`${at}/beheer/logboek`);
  await page.fill("#waar", "nieuw-huis");
  await page.click("form.kader button.utrecht-button--primary-action");
  await page.waitForSelector("table.logboek");
  const lines = await page.locator("table.logboek tbody tr").allTextContents();
  assert.equal(lines.length, 6);
  assert.ok(lines.every((line) => line.includes("beheerder")));
  // What is looked for has an address, to come back to; who a person is can be read in none.
  assert.ok(page.url().includes("waar=nieuw-huis"), page.url());
  await looked("logboek");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click('button[formaction="/beheer/logboek.csv"]')]);
  const csv = await readFile(await download.path(), "utf8");
  assert.equal(csv.trim().split("\r\n").length, 7);
  assert.ok(csv.includes("site_registered") && csv.includes("demo"));
  assert.ok(!csv.includes("needs") && !csv.includes("client"));
  await page.fill("#waar", "");
  await page.fill("#wie", "niemand");
  await page.click("form.kader button.utrecht-button--primary-action");
  await eventually("nobody did anything", async () => (await page.locator("table.logboek").count()) === 0);
  const about = page.url();
  assert.ok(!about.includes("niemand") && about.includes("bij="), about);
  await page.goto(`${at}/beheer`);
  await page.goBack();
  assert.equal(await page.inputValue("#wie"), "niemand", "going back asks for nothing again");
  assert.equal(await page.locator("table.logboek").count(), 0);
  const sealed = new URL(about);
  sealed.searchParams.set("bij", sealed.searchParams.get("bij").replace(/^./, (it) => (it === "A" ? "B" : "A")));
  await page.goto(sealed.href);
  assert.match(await page.textContent("[role=alert]"), /hoort bij wie het maakte/);
  assert.equal(await page.locator("table.logboek").count(), 0, "and not those of everybody");
  await page.fill("#wie", "");
  await page.selectOption("#soort", "assigned");
  await page.click("form.kader button.utrecht-button--primary-action");
  await eventually("which shift", async () => /Team Proef, \d\d-\d\d-\d{4} 23:00/.test(await page.textContent("main")));
  assert.notEqual(await page.title(), "raak");

  // Whatever stands in every field of every form: it is refused or it is text, and nothing of ours breaks.
  for (const path of ["/locaties", "/locaties/opvang/nacht", "/locaties/opvang/inloop", "/locaties/opvang/nacht/k-1", "/capaciteit", "/rooster", "/logboek"]) {
    await page.goto(`${at}/beheer${path}`);
    const wrong = await page.evaluate(async () => {
      const texts = ["<img src=x onerror=document.title='raak'>", "\u202Eomgekeerd\u0000", "x".repeat(10000), "🏚️🛏️", "=cmd|' /C calc'!A0", "9".repeat(30)];
      const found = [];
      for (const form of document.querySelectorAll('main form[method="post"]')) {
        const button = form.querySelector("button[name=wat]");
        // What would take away what the rest is tried on.
        if (["weg", "sluit"].includes(button?.value)) continue;
        for (const text of texts) {
          const fields = new FormData(form, button ?? undefined);
          for (const it of form.querySelectorAll("input:not([type=hidden], [type=checkbox]), textarea")) fields.set(it.name, text);
          const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(fields), signal: AbortSignal.timeout(15000) });
          const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
          if (answer.status >= 500 || parsed.querySelector('img[src="x"]')) found.push(`${form.action} ${button?.value} ${answer.status} ${text.slice(0, 20)}`);
        }
      }
      return found;
    });
    assert.deepEqual(wrong, [], path);
  }
  assert.notEqual(await page.title(), "raak");

  // People of the demonstration: somebody new signs in, and not any more once they are taken away.
  await page.goto(`${at}/beheer`);
  await page.click('a[href*="/mensen"]');
  await looked("mensen");
  await page.click("#nieuw > summary");
  await page.selectOption("#rol", "medewerker");
  await page.fill("#code", "nieuweling");
  await page.fill("#andere", "nacht");
  await page.click("button[value=erbij]");
  await page.waitForSelector(".utrecht-alert--ok");
  const newcomer = await browser.newContext({ locale: "nl-NL" });
  const theirs = await newcomer.newPage();
  await theirs.goto(`${at}/aanmelden`);
  await theirs.click('button[value="medewerker:nieuweling"]');
  await theirs.waitForURL((url) => url.origin === new URL(at).origin);
  await theirs.goto(`${at}/locatie/opvang/nacht`);
  assert.equal((await theirs.textContent("h1")).trim(), "nacht");
  assert.equal((await theirs.goto(`${at}/locatie/opvang/inloop`)).status(), 403);
  await page.locator("tr", { hasText: "nieuweling" }).locator("button").click();
  await page.waitForSelector(".utrecht-alert--ok");
  await newcomer.clearCookies();
  await theirs.goto(`${at}/aanmelden`);
  assert.equal(await theirs.locator('button[value="medewerker:nieuweling"]').count(), 0);
  await newcomer.close();
  boss.quiet();

  // A coordinator sees locations and decides about capacity and roster; the log is not theirs.
  const coordinator = await somebody(browser, "coordinator");
  await coordinator.page.goto(`${at}/beheer`);
  assert.equal(await coordinator.page.locator('a[href="/beheer/logboek"]').count(), 0);
  assert.equal((await coordinator.page.goto(`${at}/beheer/logboek`)).status(), 403);
  await coordinator.page.goto(`${at}/beheer/locaties/opvang/nacht`);
  assert.equal(await coordinator.page.locator("button[value=wijzig]").count(), 0);
  assert.equal(await coordinator.page.locator("button[value=plan]").count(), 1);
  coordinator.quiet();

  // Without JavaScript.
  const plain = await browser.newContext({ javaScriptEnabled: false, locale: "nl-NL" });
  const bare = await plain.newPage();
  await bare.goto(`${at}/aanmelden`);
  await chooses(bare, "beheerder");
  await bare.goto(`${at}/beheer/locaties/opvang/inloop`);
  await bare.fill("input[name=plekken]", "26");
  await bare.click("button[value=capaciteit]");
  assert.equal(await bare.inputValue("input[name=plekken]"), "26");
  await bare.close();
});
