// A browser for the scripts beside this file: Debian's Chromium, driven by Playwright, on the pages of a running suite. It
// must not know a page.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export const [at, ...given] = process.argv.slice(2);

/** Longest wait for a fact. */
const WITHIN = 20_000;

/** Starts the browser and hands it to a story; what a page complains about makes the story fail. */
export const story = async (tell) => {
  const browser = await chromium.launch({
    executablePath: process.env.ONDERDAK_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
  });
  try {
    await tell(browser);
  } finally {
    await browser.close();
  }
};

/** Somebody with a browser of their own, signed in as a role. */
export const somebody = async (browser, role, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "nl-NL", ...options });
  context.setDefaultTimeout(WITHIN);
  const page = await context.newPage();
  const complaints = [];
  // A refused or unreachable request is told by the page itself.
  page.on("console", (it) => { if (it.type() === "error" && !/Failed to load resource|net::ERR/.test(it.text())) complaints.push(it.text()); });
  page.on("pageerror", (error) => complaints.push(String(error)));
  if (role) {
    await page.goto(`${at}/aanmelden`);
    await chooses(page, role);
  }
  return { page, context, quiet: () => assert.deepEqual(complaints, []) };
};

/** Who somebody is, chosen at the provider; then they are back on the pages. */
export const chooses = async (page, role) => {
  await page.click(`button[value="${role}:demo"]`);
  await page.waitForURL((url) => url.origin === new URL(at).origin);
};

/** A page behind slow 3G: 400 kbit/s and 400 ms there and back. Gives how many bytes came over it. */
export const slow = async (page) => {
  const wire = await page.context().newCDPSession(page);
  await wire.send("Network.enable");
  await wire.send("Network.emulateNetworkConditions", { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 });
  let bytes = 0;
  wire.on("Network.loadingFinished", (it) => { bytes += it.encodedDataLength; });
  return () => bytes;
};

/** Waits for a fact. */
export const eventually = async (what, fact) => {
  const until = Date.now() + WITHIN;
  let last;
  while (Date.now() < until) {
    try {
      last = await fact();
      if (last === true) return;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(`${what}: ${last}`);
};

/** What axe finds wrong with a page as it is now. */
export const accessible = async (page, what) => {
  // The page allows no foreign script; the tools of the browser may.
  await page.evaluate(await readFile(AXE, "utf8"));
  const found = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const wrong = found.violations.map((it) => `${it.id}: ${it.help} – ${it.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(" | ")}`);
  assert.deepEqual(wrong, [], what);
};

/** Whether anything is wider than the page. */
export const fits = async (page, what) => {
  const [wide, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  const widest = wide <= there ? [] : await page.evaluate(() => [...document.querySelectorAll("body *")]
    .filter((it) => it.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5).map((it) => it.outerHTML.slice(0, 140)).slice(-4));
  assert.ok(wide <= there, `${what} is ${wide} wide where ${there} fits: ${widest.join("\n")}`);
};
