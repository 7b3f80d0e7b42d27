// Keeps the pages of a location, and the files they need, for when there is no connection. A page that may not be kept, as of
// a confidential kind, is not; and it must not keep what anybody sends.
"use strict";
const KEPT = "onderdak-1";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// There is nothing on the device until something may be kept.
const keep = async (request, answer) => (await caches.open(KEPT)).put(request, answer.clone());
const forget = async (request) => { if (await caches.has(KEPT)) await (await caches.open(KEPT)).delete(request); };

const file = async (request) => {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await keep(request, answer);
  return answer;
};

const page = async (request) => {
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.headers.get("x-onderdak-bewaar") === "ja") await keep(request, answer);
    else await forget(request);
    return answer;
  } catch (away) {
    const kept = await caches.match(request);
    if (kept) return kept;
    throw away;
  }
};

// A page that was there before this was, and its files.
self.addEventListener("message", (event) => {
  const urls = Array.isArray(event.data) ? event.data.map((it) => new URL(it, self.location.href)) : [];
  const ours = urls.filter((it) => it.origin === self.location.origin);
  event.waitUntil(Promise.all(ours.map((it) => (it.pathname.startsWith("/a/") ? file : page)(new Request(it.href)))));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/a/")) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(request));
});
