// What a page does besides being read: changes of others arrive by themselves, a hold counts down, what was said a moment
// ago goes away. Everything works without it. It must not decide anything; what waits for a connection is all it
// keeps on the device, and only of pages that allow it.
(() => {
  "use strict";
  const QUIET = 25000;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // What somebody is typing, or has opened, stays as it is when the page around it changes.
  const isTouched = (node) =>
    (node instanceof HTMLInputElement && node.type !== "hidden" && (node === document.activeElement || node.value !== node.defaultValue)) ||
    (node instanceof HTMLSelectElement && (node === document.activeElement || all("option", node).some((it) => it.selected !== it.defaultSelected)));
  if (window.Idiomorph) {
    Idiomorph.defaults.callbacks.beforeNodeMorphed = (old) => !isTouched(old);
    Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node instanceof HTMLDetailsElement);
  }

  // Says so where there is no connection, here or behind portaal: what stands there may be how it was.
  const links = { here: true, behind: true };
  const connection = (link, isThere) => {
    links[link] = isThere;
    const isAway = !(links.here && links.behind);
    document.body.classList.toggle("geen-verbinding", isAway);
    const said = one("#verbinding");
    if (!isAway) { said?.remove(); return; }
    if (said) return;
    const main = one("#inhoud");
    const words = document.createElement("p");
    words.id = "verbinding";
    words.setAttribute("role", "status");
    words.textContent = main.dataset.verbinding;
    main.prepend(words);
  };

  // Follows a stream while somebody looks; a page nobody sees lets go of it, and catches up when it is seen again.
  const follow = (path, on) => {
    let source, watchdog, last = "";
    const alive = () => { connection("here", true); clearTimeout(watchdog); watchdog = setTimeout(lost, QUIET); };
    const lost = () => { connection("here", false); close(); open(); };
    const close = () => { source?.close(); source = undefined; clearTimeout(watchdog); };
    const open = () => {
      if (source || document.hidden) return;
      const url = new URL(path, location.href);
      if (last) url.searchParams.set("na", last);
      source = new EventSource(url);
      watchdog = setTimeout(lost, QUIET);
      source.onopen = alive;
      source.onerror = () => { connection("here", false); if (source?.readyState === EventSource.CLOSED) { close(); setTimeout(open, 1000 + Math.random() * 2000); } };
      // The session went on meanwhile, or it is over: asking again tells.
      source.addEventListener("verder", (event) => { last = event.lastEventId || last; close(); open(); });
      for (const [name, act] of Object.entries({ hartslag: () => {}, ...on })) {
        source.addEventListener(name, (event) => { last = event.lastEventId || last; alive(); act(event.data); });
      }
    };
    document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", open);
    open();
  };

  // The board of the region: parts of the page come as they are now.
  let announced = 0;
  const patch = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    let changed = 0;
    for (const part of all("[data-deel]", template.content)) {
      const old = document.getElementById(part.id);
      if (old && old.isEqualNode(part)) continue;
      if (old) Idiomorph.morph(old, part);
      else document.getElementById(part.dataset.in)?.append(part);
      const now = document.getElementById(part.id);
      if (now?.matches("tr")) { changed += 1; now.classList.remove("net"); void now.offsetWidth; now.classList.add("net"); }
    }
    for (const gone of all("[data-weg]", template.content)) document.getElementById(gone.dataset.weg)?.remove();
    document.dispatchEvent(new Event("bord"));
    // A reader hears that something changed at most every half minute, and not what.
    const told = one("#omroep");
    if (changed && told && Date.now() - announced > 30000) { announced = Date.now(); told.textContent = ""; setTimeout(() => { told.textContent = told.dataset.woorden; }, 50); }
  };
  const board = one("[data-stroom]");
  if (board) follow(board.dataset.stroom, { bord: patch, opnieuw: () => location.reload() });

  // One location: it says that it changed, and the page asks how it is now.
  const place = one("[data-luister]");
  if (place) {
    let first = true;
    const ask = () => {
      if (first) { first = false; return; }
      htmx.ajax("GET", location.pathname, { target: "#stand-van-nu", select: "#stand-van-nu", swap: "morph:outerHTML" });
    };
    follow(place.dataset.luister, { veranderd: ask, weg: () => connection("behind", false), weer: () => connection("behind", true) });
  }

  // Without a connection a tap waits here, with its command id, and is sent in order once there is one. What somebody else
  // changed meanwhile is not changed back: the answer says so, and stays until it is read.
  const QUEUE = "onderdak-wacht", SAID = "onderdak-gezegd";
  const stored = (name) => { try { return JSON.parse(localStorage.getItem(name)) ?? []; } catch { return []; } };
  const store = (name, all) => { try { all.length ? localStorage.setItem(name, JSON.stringify(all)) : localStorage.removeItem(name); } catch { /* a device that keeps nothing */ } };
  const waiting = () => stored(QUEUE);
  const told = () => stored(SAID);
  const keep = (queue) => { store(QUEUE, queue); tell(); };
  const words = one("#inhoud")?.dataset ?? {};
  // What somebody else tapped on this device is theirs to send.
  const mine = () => waiting().filter((it) => it.who === words.wie);
  // The tap that is being sent, and what stops that.
  let underWay = null;
  const STEPS = { meer: 1, minder: -1 };
  const uuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64; bytes[8] = (bytes[8] & 63) | 128;
    return [...bytes].map((it, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + it.toString(16).padStart(2, "0")).join("");
  };
  const hidden = (text) => { const it = document.createElement("span"); it.className = "alleen-voorlezen"; it.textContent = text ? ` ${text}` : ""; return it; };
  const panel = () => {
    let it = one("#wachtrij");
    if (!it) { it = document.createElement("div"); it.id = "wachtrij"; it.setAttribute("role", "status"); one("#inhoud")?.before(it); }
    return it;
  };
  const line = (id, text, button) => {
    let it = document.getElementById(id);
    if (!text) { it?.remove(); return; }
    if (!it) { it = document.createElement("p"); it.id = id; panel().append(it); }
    it.textContent = text;
    if (button) { const read = document.createElement("button"); read.className = "stil"; read.textContent = button; read.addEventListener("click", () => { it.remove(); store(SAID, told().filter((said) => said.id !== id)); }); it.append(" ", read); }
  };
  const tell = () => {
    const queue = mine();
    for (const it of told().filter((it) => it.who === words.wie)) line(it.id, it.text, words.weggehaald);
    line("wacht-ander", waiting().length > queue.length ? words.wachtAnder : "");
    line("wacht-aantal", queue.length === 0 ? "" : queue.length === 1 ? words.wachtEen : `${queue.length} ${words.wachtMeer}`);
    for (const old of all("[data-wachtend]")) old.remove();
    const note = (at, text, taps) => {
      if (!at || taps.length === 0) return;
      const it = document.createElement("span");
      it.dataset.wachtend = ""; it.className = "wacht"; it.textContent = text;
      const of = at.closest("li, section, .klopt"), withdraw = document.createElement("button");
      withdraw.type = "button"; withdraw.className = "stil"; withdraw.textContent = words.tochNiet;
      withdraw.append(hidden(one("h2, h3, button", of)?.textContent));
      // It is not sent any more. One that was under way may have come through: then the place shows it.
      withdraw.addEventListener("click", () => {
        const isOf = (tap) => taps.some((it) => it.body === tap.body);
        if (underWay && isOf(underWay)) underWay.leave.abort();
        keep(waiting().filter((tap) => !isOf(tap)));
        one("button, summary", one(".daden", of) ?? of)?.focus();
      });
      it.append(" ", withdraw);
      at.append(" ", it);
    };
    const here = queue.filter((it) => it.path === location.pathname);
    for (const place of new Set(here.map((it) => it.place).filter(Boolean))) note(one(`#plek-${place} .feiten`), words.wacht, here.filter((it) => it.place === place));
    const counts = here.filter((it) => STEPS[it.what] || it.what === "aantal");
    const typed = counts.findLastIndex((it) => it.what === "aantal");
    const more = counts.slice(typed + 1).reduce((sum, it) => sum + STEPS[it.what], 0);
    const number = typed < 0 ? "" : `${new URLSearchParams(counts[typed].body).get("aantal")} `;
    const steps = typed < 0 || more ? `${more < 0 ? "−" : "+"}${Math.abs(more)} ` : "";
    note(one(".teller"), number + steps + words.wacht, counts);
    note(one(".klopt p"), words.wacht, here.filter((it) => it.what === "klopt"));
  };
  const put = (form, data) => {
    if (!form || !data) return;
    // What cannot wait is not done, and that is said where it was tapped.
    if (!form.matches("form[data-wacht]")) {
      if (one(".niet-gedaan", form)) return;
      const it = document.createElement("p");
      it.className = "niet-gedaan"; it.setAttribute("role", "alert"); it.textContent = words.verbindingNodig;
      form.append(it);
      setTimeout(() => it.remove(), 10000);
      return;
    }
    const what = data.get("wat");
    data.set("nagekomen", "1");
    const body = new URLSearchParams(data).toString();
    const same = waiting().filter((it) => new URLSearchParams(it.body).get("opdracht") === data.get("opdracht"));
    // One more, and one more: that is twice. Anything else that waits already, waits once; another number or reason is another.
    if (!STEPS[what] && same.some((it) => it.body === body)) return;
    if (same.length) data.set("opdracht", uuid());
    keep([...waiting(), { path: new URL(form.action).pathname, body: new URLSearchParams(data).toString(), place: data.get("plek") ?? "", what, who: words.wie }]);
    // What was typed waits with it.
    form.reset();
  };
  // What was tapped after this one was tapped on what this one would change: it is seen as it is now, where nobody else
  // changed it before.
  const follows = (sent, page) => {
    const { voor, voorPlek } = one("#gedaan", page)?.dataset ?? {};
    const now = (at) => one(`${at} input[name=sinds]`, page)?.value;
    const [stand, spot] = [now("form.klopt"), sent.place && now(`#plek-${CSS.escape(sent.place)}`)];
    return (it) => {
      if (it.path !== sent.path || (it.place && it.place !== sent.place)) return it;
      const body = new URLSearchParams(it.body);
      const [before, after] = it.place ? [voorPlek, spot] : [voor, stand];
      if (!after || body.get("sinds") !== before) return it;
      body.set("sinds", after);
      return { ...it, body: body.toString() };
    };
  };
  let sending = null;
  const send = () => sending ??= sendAll().finally(() => { sending = null; underWay = null; });
  const sendAll = async () => {
    let isNew = false;
    try {
      for (let next = mine()[0]; next; next = mine()[0]) {
        const leave = new AbortController();
        underWay = { body: next.body, leave };
        setTimeout(() => leave.abort(), 15000);
        const answer = await fetch(next.path, { method: "POST", body: new URLSearchParams(next.body), signal: leave.signal });
        if (answer.status === 401) { line("wacht-aanmelden", words.aanmelden); return; }
        if (answer.status >= 500) return;
        line("wacht-aanmelden", "");
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const said = one("#gedaan .fout p, main .utrecht-paragraph", page);
        if (!answer.ok || said?.closest(".fout")) store(SAID, [...told(), { id: `gezegd-${uuid()}`, text: said?.textContent ?? String(answer.status), who: words.wie }]);
        keep(waiting().filter((it) => it.body !== next.body).map(follows(next, page)));
        isNew = true;
      }
      if (place && isNew) htmx.ajax("GET", location.pathname, { target: "#stand-van-nu", select: "#stand-van-nu", swap: "morph:outerHTML" });
    } catch { /* still no connection: later */ }
  };
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, (event) => put(event.detail.elt?.closest("form"), event.detail.requestConfig?.formData));
  window.addEventListener("online", send);
  setInterval(send, 3000);
  if ("serviceWorker" in navigator && place) {
    // Where nobody was here before, this page was loaded without it: it is kept all the same.
    const isFirst = !navigator.serviceWorker.controller;
    const files = () => performance.getEntriesByType("resource").map((it) => it.name).filter((it) => new URL(it).pathname.startsWith("/a/"));
    navigator.serviceWorker.register("/sw.js").catch(() => {});
    if (isFirst) navigator.serviceWorker.ready.then((it) => it.active?.postMessage([location.href, ...files()])).catch(() => {});
  }

  // Whoever signs out leaves nothing that waits without knowing it.
  one('form[action="/afmelden"]')?.addEventListener("submit", async (event) => {
    const { target } = event;
    if (links.here && mine().length === 0) return;
    event.preventDefault();
    if (!links.here) { line("wacht-afmelden", words.verbindingNodig, words.weggehaald); return; }
    await send();
    if (mine().length === 0 || confirm(words.afmelden)) target.submit();
  });

  // What somebody types about a place that somebody else changes meanwhile, is still there to read.
  let typed = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    typed = event.detail.requestConfig?.verb !== "get" ? [] : all("#stand-van-nu input[id]:not([type=hidden])").filter((it) => it.value && it.value !== it.defaultValue).map((it) => ({ id: it.id, value: it.value }));
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const it of typed.filter((it) => !document.getElementById(it.id))) line(`getypt-${it.id}`, `${words.getypt} ${it.value}`, words.weggehaald);
    typed = [];
  });

  // Claims that run: what a location answered is seen without asking, and what ended goes.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "voorbij") return;
    for (const told of all("#voorbij template[data-kaart]")) {
      const card = document.getElementById(told.dataset.kaart), now = told.content.firstElementChild?.cloneNode(true);
      const words = (it) => all("h3, .feiten span:not(.rest), button, .bel", it).map((part) => part.textContent).join();
      if (!card || !now || words(card) === words(now)) continue;
      const focus = card.contains(document.activeElement) ? document.activeElement.value : undefined;
      if (card.ariaLabel !== now.ariaLabel) {
        // Another location has it now; what was said of the one before is not so any more.
        const moved = document.createElement("p");
        moved.className = "utrecht-alert utrecht-alert--warning"; moved.setAttribute("role", "alert"); moved.textContent = told.dataset.door;
        now.prepend(moved);
        one("#melding.utrecht-alert--ok")?.remove();
      }
      card.replaceWith(now);
      htmx.process(now);
      if (focus !== undefined) (one(`button[value="${focus}"]`, now) ?? one("a, button", now))?.focus({ preventScroll: true });
    }
    for (const gone of all("#voorbij [data-eindigt]")) document.getElementById(gone.dataset.eindigt)?.remove();
  });

  // How long a place is still held.
  const count = () => {
    for (const it of all(".rest[data-tot]")) {
      const left = Math.floor((Date.parse(it.dataset.tot) - Date.now()) / 1000);
      const words = left <= 0 ? it.dataset.voorbij : `${it.dataset.nog} ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      if (it.textContent !== words) it.textContent = words;
    }
  };
  setInterval(count, 1000);

  // After something was done, one is where it is said; and taking it back is possible for ten seconds.
  const settle = () => {
    count();
    tell();
    one("[data-kijk]")?.focus();
    const said = one("[data-vluchtig]");
    if (said && !said.dataset.loopt) {
      said.dataset.loopt = "ja";
      setTimeout(() => (said.matches(".goed") ? said : one("[data-terug]", said)?.closest("form"))?.remove(), 10000);
    }
  };
  send();
  document.addEventListener("htmx:afterSettle", settle);
  // Whoever tapped with a keyboard stays at the place they changed: its button is another one now.
  let tapped = "";
  document.addEventListener("htmx:beforeRequest", (event) => { tapped = event.detail.elt?.closest("li[id], section, .klopt")?.id ?? ""; });
  document.addEventListener("htmx:afterSettle", () => {
    const at = tapped && document.getElementById(tapped);
    tapped = "";
    if (at && document.activeElement === document.body) one("button, summary", at)?.focus({ preventScroll: true });
  });
  // What went wrong before is not wrong any more once something goes well.
  document.addEventListener("htmx:afterSwap", (event) => { const said = one("#fout"); if (said && event.detail.target !== said) said.replaceChildren(); });
  // And what goes wrong with what somebody did is where they look.
  document.addEventListener("htmx:afterSettle", (event) => {
    const why = event.detail.target?.id === "fout" && event.detail.requestConfig?.verb !== "get" && one("#waarom-niet");
    if (why) why.focus();
  });
  document.addEventListener("htmx:sendError", () => connection("here", false));
  document.addEventListener("htmx:afterOnLoad", () => connection("here", true));
  // What goes on paper is how it is now, where the page is live.
  window.addEventListener("beforeprint", () => {
    const at = one("#afdruk");
    if (at && one("#stand.live")) at.textContent = new Date().toLocaleString("nl-NL", { dateStyle: "short", timeStyle: "short", timeZone: at.dataset.zone }).replace(",", "");
  });
  settle();
})();
