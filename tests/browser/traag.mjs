// The first page, as a phone with a bad connection gets it for the first time; and an empty page beside it, which is as fast
// as that connection lets any page be. For `onderdak bench`, which judges. It must not be signed in.
import { createServer } from "node:http";
import { once } from "node:events";
import { at, slow, somebody, story } from "./browser.mjs";

/** Opens a page with nothing kept; when it was seen, when it could be used, and how much came. */
const opened = async (browser, url) => {
  const { page, context } = await somebody(browser, undefined, { viewport: { width: 360, height: 740 } });
  const bytes = await slow(page);
  await page.goto(url, { waitUntil: "load" });
  // An empty page is there before it is painted.
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  const [seen_ms, usable_ms] = await page.evaluate(() => [
    performance.getEntriesByName("first-contentful-paint")[0].startTime,
    performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
  ]);
  await context.close();
  return { seen_ms, usable_ms, bytes: bytes() };
};

await story(async (browser) => {
  const empty = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<!doctype html><title>leeg</title><p>leeg</p>"));
  await once(empty.listen(0, "127.0.0.1"), "listening");
  const bare = await opened(browser, `http://127.0.0.1:${empty.address().port}/`);
  const page = await opened(browser, at);
  empty.close();
  console.log(JSON.stringify({ page, bare }));
});
