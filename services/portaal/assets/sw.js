// Keeps the pages of a location, and the files they need, for when there is no connection. A page that may not be kept, as of
// a confidential kind, is not; and it must not keep what anybody sends.
"use strict";
const KEPT = "onderdak-1";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const file = async (request) => {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
};

const page = async (request) => {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.headers.get("x-onderdak-bewaar") === "ja") await cache.put(request, answer.clone());
    else await cache.delete(request);
    return answer;
  } catch (away) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw away;
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/a/")) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(request));
});
