// How it went, day by day: a chart of every table, a file that says the same, and all of it without a script. Of the day before
// yesterday nothing is known, and that is no zero.
import assert from "node:assert/strict";
import { accessible, at, eventually, fits, given, somebody, story } from "./browser.mjs";

const [today] = given;

/** Every row of every table on the page, beside each other: the day, and then the cells. */
const tables = (page) => page.evaluate(() => {
  const figures = [...document.querySelectorAll("figure.verloop table")];
  const days = [...figures[0].tBodies[0].rows].map((row) => row.cells[0].firstChild.textContent.trim());
  return days.map((day, index) => [day, ...figures.flatMap((table) => [...table.tBodies[0].rows[index].cells].slice(1).map((cell) => cell.textContent.trim()))].join(";"));
});
const file = async (who) => {
  const text = await (await who.context.request.get(at + await who.page.getAttribute("a[download]", "href"))).text();
  return text.replace("\uFEFF", "").trimEnd().split("\r\n");
};

await story(async (browser) => {
  const desk = await somebody(browser, "beleid");
  await desk.page.click("text=Het verloop");
  await eventually("three charts", async () => (await desk.page.locator("figure.verloop canvas").count()) === 3);
  const drawn = await desk.page.evaluate(() => [...document.querySelectorAll("figure.verloop canvas")].map((it) => it.getContext("2d").getImageData(0, 0, it.width, it.height).data.some((byte) => byte > 0)));
  assert.deepEqual(drawn, [true, true, true], "something is drawn");
  assert.equal(await desk.page.locator("figure.verloop details[open]").count(), 0, "beside a chart the table is there for who asks");
  await accessible(desk.page, "the charts");
  await desk.page.click("#bezetting summary");
  await accessible(desk.page, "a table");

  const lines = await tables(desk.page);
  assert.equal(lines.length, 28);
  const [heads, ...rows] = await file(desk);
  assert.equal(heads, "Dag;Bezet;Bruikbaar;Locaties onbekend;Instroom;Uitstroom;Doorstroom;Afgewezen;Geen plek gevonden");
  assert.deepEqual(rows, lines, "the file says what the tables say");
  const [before, yesterday, now] = rows.slice(-3).map((row) => row.split(";"));
  assert.deepEqual(before.slice(1), ["?", "?", "0", "?", "?", "?", "?", "?"], "nothing known is no zero");
  assert.deepEqual(yesterday.slice(1, 4), ["11", "18", "0"]);
  assert.equal(now[0], today);

  // What is filtered is filtered in all of them, for as long as was asked.
  await desk.page.selectOption("select[name=gemeente]", { label: "Almere" });
  await desk.page.selectOption("select[name=dagen]", "7");
  await desk.page.click(".filter button");
  const almere = await tables(desk.page);
  assert.equal(almere.length, 7);
  assert.match(almere.at(-2), /;\?;\?;0;/, "what was counted was in Dronten");
  assert.deepEqual((await file(desk)).slice(1), almere);

  // Of a confidential kind nothing is shown, and it cannot be chosen.
  assert.equal(await desk.page.locator("option[value=vrouwenopvang]").count(), 0);
  for (const asked of ["soort=vrouwenopvang", "gemeente=regio"]) {
    await desk.page.goto(`${at}/regio/verloop?${asked}`);
    assert.match(await desk.page.textContent("main"), /Hiervan laten we geen verloop zien/);
    assert.equal(await desk.page.locator("figure").count(), 0, asked);
  }
  await desk.page.goto(`${at}/regio/verloop?soort=dagopvang`);
  assert.match(await desk.page.textContent("#bezetting figcaption"), /Om 12 uur/);
  assert.equal(await desk.page.locator("#stroom").count(), 0, "who is counted is not followed");

  for (const width of [320, 360, 1280]) {
    await desk.page.setViewportSize({ width, height: 800 });
    await desk.page.goto(`${at}/regio/verloop`);
    await eventually("the charts", async () => (await desk.page.locator("figure.verloop canvas").count()) === 3);
    await desk.page.click("#bezetting summary");
    await fits(desk.page, `how it went at ${width}`);
  }
  for (const options of [{ colorScheme: "dark" }, { forcedColors: "active" }]) {
    const eyes = await somebody(browser, "beleid", options);
    await eyes.page.goto(`${at}/regio/verloop`);
    await accessible(eyes.page, `the charts with ${JSON.stringify(options)}`);
    eyes.quiet();
  }

  const bare = await somebody(browser, "beleid", { javaScriptEnabled: false });
  await bare.page.goto(`${at}/regio/verloop`);
  assert.equal(await bare.page.locator("figure.verloop canvas").count(), 0);
  assert.equal(await bare.page.locator("figure.verloop table:visible").count(), 3, "without a script the tables are open");
  desk.quiet();
});
