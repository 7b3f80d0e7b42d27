// Who comes in: signing in and where it leads, what is for whom, what comes from elsewhere, words that are no words; and
// everything that matters without JavaScript.
import assert from "node:assert/strict";
import { accessible, at, chooses, fits, somebody, story } from "./browser.mjs";

await story(async (browser) => {
  const guest = await somebody(browser);
  await guest.page.goto(at);
  assert.match(await guest.page.textContent("h1"), /Opvang in de regio/);
  await accessible(guest.page, "the first page");
  await fits(guest.page, "the first page");
  assert.ok(!(await guest.page.textContent("main")).includes("geheim"), "no name of a confidential location");

  // Whoever has to sign in first comes where they wanted to go.
  await guest.page.goto(`${at}/regio?soort=dagopvang`);
  assert.equal(new URL(guest.page.url()).pathname, "/aanmelden");
  await accessible(guest.page, "signing in");
  assert.notEqual(new URL(guest.page.url()).origin, at, "at the provider");
  await chooses(guest.page, "beleid");
  await guest.page.waitForURL((url) => url.pathname === "/regio" && url.search === "?soort=dagopvang");

  // What is for others is not shown, and not given.
  assert.equal(await guest.page.locator("nav a").count(), 1);
  const forbidden = await guest.page.goto(`${at}/zoek`);
  assert.equal(forbidden.status(), 403);
  await accessible(guest.page, "a page for others");
  for (const [path, form] of [["/zoek/claim", { client: "c-1" }], ["/locatie/opvang/nacht", { wat: "bezet", plek: "k-1" }]]) {
    const answer = await guest.context.request.post(at + path, { form, headers: { origin: at } });
    assert.equal(answer.status(), 403, path);
  }
  assert.equal((await guest.page.goto(`${at}/bestaat-niet`)).status(), 404);

  // Another language, and back.
  await guest.page.click("button[name=taal]");
  await guest.page.waitForSelector("html[lang=en]");
  await accessible(guest.page, "in English");
  await guest.page.goto(`${at}/regio`);
  assert.match(await guest.page.textContent("h2 >> nth=1"), /By kind/);
  await guest.page.click("button[name=taal]");
  await guest.page.waitForSelector("html[lang=nl]");
  await guest.page.click("text=Afmelden");
  await guest.page.waitForURL((url) => url.pathname === "/");
  await guest.page.goto(`${at}/regio`);
  assert.equal(new URL(guest.page.url()).pathname, "/aanmelden");
  guest.quiet();

  // What another site sends in somebody's name is refused; and a cookie somebody made is nobody's.
  const staff = await somebody(browser, "medewerker");
  const cookies = (await staff.context.cookies()).map((it) => `${it.name}=${it.value}`).join("; ");
  const send = (headers) => fetch(`${at}/locatie/opvang/nacht`, { method: "POST", redirect: "manual", headers: { "content-type": "application/x-www-form-urlencoded", cookie: cookies, ...headers }, body: "wat=klopt&opdracht=" + crypto.randomUUID() });
  assert.equal((await send({ origin: "http://evil.example" })).status, 403);
  assert.equal((await send({ origin: at, "sec-fetch-site": "cross-site" })).status, 403);
  assert.equal((await send({})).status, 403);
  assert.equal((await send({ origin: at })).status, 200);
  assert.equal((await send({ origin: at, cookie: cookies.replace(/(onderdak=.{40})./, "$1_") })).status, 401, "to sign in");
  const [session] = (await staff.context.cookies()).filter((it) => it.name === "onderdak");
  assert.ok(session.httpOnly && session.sameSite === "Lax");
  // A copy of the cookie of whoever signed out opens nothing.
  const gone = await somebody(browser, "beleid");
  const copy = (await gone.context.cookies()).map((it) => `${it.name}=${it.value}`).join("; ");
  const looks = async () => (await fetch(`${at}/regio`, { redirect: "manual", headers: { cookie: copy } })).status;
  assert.equal(await looks(), 200);
  await gone.page.click("text=Afmelden");
  await gone.page.waitForURL((url) => url.pathname === "/");
  assert.equal(await looks(), 303);
  // Whoever was signed out while they were typing loses nothing: they sign in elsewhere, and send it then.
  const away = await somebody(browser, "dispatcher");
  await away.page.goto(`${at}/zoek`);
  await away.page.fill("#client", "c-bewaard");
  const kept = (await away.context.cookies()).filter((it) => it.name === "onderdak");
  await away.context.clearCookies();
  await away.page.click("#vraag button >> nth=0");
  await away.page.waitForSelector("#opnieuw");
  await accessible(away.page, "signed out with a form in hand");
  await away.context.addCookies(kept);
  await away.page.click("#opnieuw button");
  await away.page.waitForSelector("#gevonden, #melding");
  assert.equal(await away.page.inputValue("#client"), "c-bewaard");

  const policy = (await staff.page.goto(`${at}/locatie`)).headers()["content-security-policy"];
  assert.ok(/default-src 'none'/.test(policy) && !/unsafe/.test(policy), policy);

  // Words that are no words stay words.
  const night = await somebody(browser, "dispatcher");
  await night.page.goto(`${at}/zoek`);
  for (const text of ["<script>window.broken=1</script>", "\"><img src=x onerror=window.broken=1>", "=cmd|' /C calc'!A0", "\u202Enegeh\u0000", "🏠".repeat(30), "x".repeat(10000)]) {
    await night.page.$eval("#client", (field, value) => { field.removeAttribute("maxlength"); field.value = value; }, text);
    await night.page.$eval("#kinderen", (field, value) => { field.removeAttribute("maxlength"); field.value = value; }, text);
    await night.page.click("#vraag button >> nth=0");
    await night.page.waitForSelector("#melding");
    assert.equal(await night.page.evaluate(() => window.broken), undefined, text.slice(0, 40));
    await night.page.goto(`${at}/zoek`);
  }
  night.quiet();

  // Without JavaScript: find, claim, tap, count.
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const page = await plain.newPage();
  await page.goto(`${at}/aanmelden`);
  await chooses(page, "coordinator");
  await page.goto(`${at}/zoek`);
  await page.fill("#client", "c-zonder");
  await page.click("#vraag button >> nth=0");
  await page.click(".plek button");
  assert.match(await page.textContent("#melding"), /De plek is van uw cliënt/);
  await page.click("button[value=terug]");
  assert.match(await page.textContent("#melding"), /weer vrij/);
  await page.goto(`${at}/locatie/opvang/nacht`);
  await page.click("#plek-k-1 button[value=bezet]");
  assert.equal(await page.textContent("#plek-k-1 .staat"), "bezet");
  await page.click("#gedaan button");
  assert.equal(await page.textContent("#plek-k-1 .staat"), "vrij");
  await page.goto(`${at}/locatie/opvang/inloop`);
  await page.click("button[value=meer]");
  assert.equal(await page.textContent(".teller strong"), "1");
  await page.goto(`${at}/regio`);
  assert.ok((await page.locator("tr.rij").count()) > 0);
});
