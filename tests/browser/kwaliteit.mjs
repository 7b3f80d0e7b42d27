// For everybody: at four times the size, without motion, in forced colours, on a slow connection; and a hundred pages that
// are open at once. It must not change anything but one place.
import assert from "node:assert/strict";
import { accessible, at, eventually, fits, somebody, story } from "./browser.mjs";

const PAGES = ["/", "/regio", "/regio/verloop", "/zoek", "/nacht", "/locatie", "/locatie/opvang/nacht", "/locatie/opvang/inloop", "/locatie/logeerplek/huis"];
/** Slow 3G: 400 kbit/s and 400 ms there and back. */
const SLOW = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
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

  // The first page, as a phone with a bad connection gets it for the first time.
  const guest = await somebody(browser);
  const wire = await guest.context.newCDPSession(guest.page);
  await wire.send("Network.enable");
  await wire.send("Network.emulateNetworkConditions", SLOW);
  let bytes = 0;
  wire.on("Network.loadingFinished", (it) => { bytes += it.encodedDataLength; });
  await guest.page.goto(at, { waitUntil: "load" });
  const first = await guest.page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  const usable = await guest.page.evaluate(() => performance.getEntriesByType("navigation")[0].domInteractive);
  console.log(`first page on slow 3G: ${Math.round(first)} ms to see it, ${Math.round(usable)} ms to use it, ${bytes} bytes`);
  assert.ok(first < 1000 && usable < 1000, `${first} ms and ${usable} ms`);
  assert.ok(bytes > 0 && bytes < 100_000, `${bytes} bytes`);

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
