// Signing in at a certified provider: who works at one location sees that one, goes on working while tokens end and are
// renewed, and is signed out there too.
import assert from "node:assert/strict";
import { at, eventually, given, somebody, story } from "./browser.mjs";

const [provider] = given;

await story(async (browser) => {
  const staff = await somebody(browser);
  const { page } = staff;
  const signIn = async (name) => {
    await page.waitForSelector("input[name=login]");
    assert.equal(new URL(page.url()).origin, provider);
    await page.fill("input[name=login]", name);
    await page.fill("input[name=password]", "iets");
    await page.click("button[type=submit]");
    await page.waitForFunction(() => !document.querySelector("input[name=login]"));
    if (new URL(page.url()).origin === provider) await page.click("button[type=submit]");
    await page.waitForURL((url) => url.origin === new URL(at).origin);
  };
  await page.goto(`${at}/locatie`);
  await signIn("medewerker-huis");
  assert.equal(new URL(page.url()).pathname, "/locatie/logeerplek/huis", "who works at one location is there");
  assert.equal((await page.goto(`${at}/locatie/logeerplek/elders`)).status(), 403);
  assert.equal((await page.goto(`${at}/zoek`)).status(), 403);

  // A token is good for a minute and renewed by every request: also by many that come together.
  await page.goto(`${at}/locatie/logeerplek/huis`);
  const before = (await staff.context.cookies()).find((it) => it.name === "onderdak").value;
  const answers = await page.evaluate(() => Promise.all(Array.from({ length: 12 }, () => fetch(location.pathname).then((it) => it.status))));
  assert.deepEqual(answers, Array(12).fill(200));
  const after = (await staff.context.cookies()).find((it) => it.name === "onderdak").value;
  assert.notEqual(before, after);
  await page.click("#plek-kamer-1 summary");
  await page.fill("#plek-kamer-1 input[name=reden]", "lekkage");
  await page.click("#plek-kamer-1 button[value=buiten]");
  await eventually("the place is out of service", async () => (await page.textContent("#plek-kamer-1 .staat")) === "buiten gebruik");

  // Signing out is signing out at the provider as well: the next one at this screen has to say who they are.
  const kept = (await staff.context.cookies()).filter((it) => it.name === "onderdak");
  await page.click("text=Afmelden");
  await page.waitForURL((url) => url.origin === provider);
  await page.click("button[value=yes]");
  await page.waitForURL((url) => url.origin === new URL(at).origin && url.pathname === "/");
  // A cookie that somebody kept cannot be renewed any more.
  await staff.context.addCookies(kept);
  await page.goto(`${at}/locatie`);
  await page.waitForSelector("input[name=login]");

  // Who has no role is nobody here, and is told so.
  await signIn("niemand-huis");
  assert.match(await page.textContent("main"), /Aanmelden is niet gelukt[^]*geen rol/);
  staff.quiet();
});
