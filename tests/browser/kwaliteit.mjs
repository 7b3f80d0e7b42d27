// For everybody: at four times the size, without motion, in forced colours, with little to wait for; and a hundred pages that
// are open at once. It must not change anything but one place.
import assert from "node:assert/strict";
import { accessible, at, eventually, fits, slow, somebody, story } from "./browser.mjs";

const PAGES = ["/", "/regio", "/regio/verloop", "/zoek", "/nacht", "/locatie", "/locatie/opvang/nacht", "/locatie/opvang/inloop", "/locatie/logeerplek/huis"];
/** What comes in half a second over slow 3G (400 kbit/s, 400 ms there and back), so that a second is enough for the page. */
const HALF_A_SECOND = 25_000;
const OPEN = 100;

await story(async (browser) => {
  // 1280 pixels at 400 % are 320, and 256 high: nothing is lost, and what has the focus is in sight.
  const large = await somebody(browser, "coordinator", { viewport: { width: 320, height: 256 } });
  for (const path of PAGES) {
    await large.page.goto(at + path);
    await fits(large.page, `${path} at 400 %`);
    const hidden = await large.page.evaluate(() => {
      const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")].filter((it) => it.offsetParent && (it.matches("summary") || !it.closest("details:not([open])")));
      return all.slice(0, 40).filter((it) => {
        it.focus();
        it.scrollIntoView({ block: "nearest" });
        const { left, top, width, height } = it.getBoundingClientRect();
        const there = document.elementFromPoint(left + width / 2, top + height / 2);
        return !(there && (it.contains(there) || there.contains(it) || there.closest("label")?.contains(it)));
      }).map((it) => it.outerHTML.slice(0, 120));
    });
    assert.deepEqual(hidden, [], `${path}: behind something else at 400 %`);
  }

  const calm = await somebody(browser, "coordinator", { reducedMotion: "reduce", forcedColors: "active" });
  for (const path of PAGES) {
    await calm.page.goto(at + path);
    await accessible(calm.page, `${path} in forced colours`);
    const moving = await calm.page.evaluate(() => [...document.querySelectorAll("*")].filter((it) => {
      const { animationName, animationDuration, transitionDuration } = getComputedStyle(it);
      const lasts = (text) => text.split(",").some((part) => parseFloat(part) > 0.01);
      return (animationName !== "none" && lasts(animationDuration)) || lasts(transitionDuration);
    }).map((it) => it.outerHTML.slice(0, 80)));
    assert.deepEqual(moving, [], `${path} moves for who wants no motion`);
    const flat = await calm.page.evaluate(() => [...document.querySelectorAll(".utrecht-button, .rolknop, .kaart, .plek, .claim")]
      .filter((it) => it.offsetParent && parseFloat(getComputedStyle(it).borderTopWidth) === 0).map((it) => it.outerHTML.slice(0, 80)));
    assert.deepEqual(flat, [], `${path}: without an edge in forced colours`);
  }
  large.quiet();
  calm.quiet();

  // What a phone with a bad connection waits for when it opens the first page: one answer, and a small one. How long that
  // takes is measured by the bench, on a machine that does nothing else.
  const guest = await somebody(browser);
  const bytes = await slow(guest.page);
  await guest.page.goto(at, { waitUntil: "load" });
  const awaited = await guest.page.evaluate(() => performance.getEntriesByType("resource").filter((it) => it.renderBlockingStatus !== "non-blocking").map((it) => it.name));
  assert.deepEqual(awaited, [], "the first page is shown as soon as it is there");
  assert.equal(await guest.page.locator("script").count(), 0, "and waits for no script");
  const { transferSize } = await guest.page.evaluate(() => performance.getEntriesByType("navigation")[0].toJSON());
  assert.ok(transferSize > 0 && transferSize < HALF_A_SECOND, `${transferSize} bytes before the first page can be used`);
  assert.ok(bytes() > 0 && bytes() < 100_000, `${bytes()} bytes of the first page in all`);

  // A hundred boards that are open at once all hear of one tap.
  const desk = await somebody(browser, "beleid");
  const cookies = await desk.context.cookies();
  const boards = [];
  for (let number = 0; number < OPEN; number += 1) {
    const context = await browser.newContext({ viewport: { width: 800, height: 600 } });
    await context.addCookies(cookies);
    const page = await context.newPage();
    await page.goto(`${at}/regio`, { waitUntil: "domcontentloaded" });
    boards.push(page);
  }
  const staff = await somebody(browser, "medewerker");
  await staff.page.goto(`${at}/locatie/opvang/nacht`);
  await staff.page.click("#plek-k-1 button[value=bezet]");
  const tapped = Date.now();
  await eventually("every board shows the tap", async () => {
    const free = await Promise.all(boards.map((it) => it.textContent("#r-opvang-nacht .vrij")));
    return free.every((it) => it === "1") || `${free.filter((it) => it === "1").length} of ${OPEN}`;
  });
  console.log(`tap on all of ${OPEN} boards: ${Date.now() - tapped} ms`);
});
